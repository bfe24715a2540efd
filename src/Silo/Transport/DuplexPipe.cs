using System.IO.Pipelines;

namespace GrainKeeper.Silo.Transport;

/// <summary>The two directions of a connection.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}
