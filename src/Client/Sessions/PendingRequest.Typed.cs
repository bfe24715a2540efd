using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>A request with a result.</summary>
internal sealed class PendingRequest<T>(OpCode type, ReadOnlyMemory<byte> body, string? path, ReplyDecoder<T> decoder) : PendingRequest(type, body, path)
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<T> Result => _result.Task;

    /// <summary>Runs when the answer has come, before the result is handed out, unless the caller has given up; registers the watch.</summary>
    internal Action<ErrorCode>? Answered { get; init; }

    /// <summary>An error that is an answer, too, and then gives <see cref="Otherwise"/>.</summary>
    internal ErrorCode? Accepted { get; init; }

    internal T? Otherwise { get; init; }

    /// <summary>Puts into the result where it was read.</summary>
    internal Func<T, ReadSource, T>? Sourced { get; init; }

    internal override bool IsOver => _result.Task.IsCompleted;

    internal override void Complete(ErrorCode error, ReadSource source, ReadOnlySpan<byte> answer)
    {
        if (error == ErrorCode.Ok)
        {
            Hand(error, source, Decode(answer));
        }
        else if (error == Accepted)
        {
            Hand(error, source, Otherwise!);
        }
        else
        {
            Fail(GrainKeeperException.Of(error, Name, Path));
        }
    }

    internal override void Fail(Exception error) => _result.TrySetException(error);

    internal void Cancel(CancellationToken token) => _result.TrySetCanceled(token);

    private T Decode(ReadOnlySpan<byte> answer)
    {
        try
        {
            var reader = new JuteReader(answer);
            return decoder(ref reader);
        }
        catch (FormatException e)
        {
            Fail(GrainKeeperException.WithMessage(ErrorCode.MarshallingError, $"{Name} {Path}: the answer cannot be read: {e.Message}", Path));
            throw;
        }
    }

    private string Name => char.ToLowerInvariant(Type.ToString()[0]) + Type.ToString()[1..];

    private void Hand(ErrorCode error, ReadSource source, T value)
    {
        if (!IsOver)
        {
            Answered?.Invoke(error);
        }

        _result.TrySetResult(Sourced is null ? value : Sourced(value, source));
    }
}
