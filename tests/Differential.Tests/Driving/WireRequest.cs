using System.Globalization;

namespace GrainKeeper.Differential.Tests.Driving;

/// <summary>One request, the same for both servers but for zxids.</summary>
/// <param name="Xid">Its number.</param>
/// <param name="Type">Its operation.</param>
/// <param name="Body">The record after the header.</param>
/// <param name="Text">What it is, for a reader.</param>
/// <param name="Relative">Whether the body begins with a zxid that counts from the seed's first.</param>
internal sealed record WireRequest(int Xid, int Type, byte[] Body, string Text, bool Relative = false)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"xid {Xid} op {Type} {Text}");
}
