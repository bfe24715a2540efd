using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Sessions;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// One server's replica of one tree: takes client frames, forwards or prepares writes, applies what is committed, answers reads,
/// keeps sessions and watches. It owns its <c>ZabPeer</c>. Not thread-safe: one caller at a time.
/// </summary>
public sealed class ReplicaCore : IWatchSinkHost
{
}
