using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Peers;

/// <summary>The messages of an accepted batch.</summary>
/// <typeparam name="T">The messages.</typeparam>
/// <param name="From">The sender.</param>
/// <param name="NewLink">Whether it is the first of a link that replaces another: what the sender had sent before may be lost.</param>
/// <param name="FirstContact">Whether the sender has begun a link, the first one or another.</param>
/// <param name="Messages">The messages, in order.</param>
/// <param name="Bytes">Their size.</param>
internal sealed record IncomingBatch<T>(ServerId From, bool NewLink, bool FirstContact, IReadOnlyList<T> Messages, int Bytes);
