using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Requests.Locks;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Replica;

/// <summary>Makes lists for administrators. They are cut at a limit, for clients wait meanwhile.</summary>
internal sealed class ReportDesk(string tree, ReplicaState state, ConnectionTable connections, WatchManager watches)
{
    public ReplicaReport Make(ReplicaReportParts parts, int limit, LeaderReport? leader)
    {
        var room = new Room(limit);
        return new ReplicaReport
        {
            Sessions = parts.HasFlag(ReplicaReportParts.Sessions) ? Sessions(room) : [],
            Ephemerals = parts.HasFlag(ReplicaReportParts.Ephemerals) ? Ephemerals(room) : [],
            SessionsWithEphemerals = state.Tree.SessionsWithEphemerals.Count,
            Watches = parts.HasFlag(ReplicaReportParts.Watches) ? Watches(room) : [],
            Watchers = watches.WatcherCount,
            WatchedPaths = watches.PathCount,
            TotalWatches = watches.Count,
            InDoubt = parts.HasFlag(ReplicaReportParts.InDoubt) ? InDoubt(room) : [],
            Trees = parts.HasFlag(ReplicaReportParts.Trees) && tree == SpecialPaths.RootTree ? [.. TreeList.Of(state).TakeWhile(_ => room.Take())] : [],
            IsCut = room.IsCut,
            Leader = leader,
        };
    }

    private List<InDoubtTransaction> InDoubt(Room room)
    {
        var list = new List<InDoubtTransaction>();
        var self = TreePart.PartyOf(tree);
        foreach (var commit in state.Commits.ToArray().Where(c => c.Key.Owner == self && !c.IsFinished).OrderBy(c => c.Key.Id))
        {
            if (TreePart.PreparedOf(commit) is not { } prepared)
            {
                continue;
            }

            if (!room.Take())
            {
                break;
            }

            var needs = new List<LockNeed>();
            LockNeeds.Collect(TreeOperations.Decode(prepared.Redo).ToRequest(), needs);
            var decided = commit.Records().OfType<CommitRecord.Decided>().FirstOrDefault();
            string[] paths = [.. needs.Select(n => Encoding.UTF8.GetString(n.Path.Span)).Distinct().Order(StringComparer.Ordinal)];
            list.Add(new InDoubtTransaction(commit.Key.Id, prepared.Terms, decided?.Decision, paths));
        }

        return list;
    }

    private KeyValuePair<long, int>[] Sessions(Room room)
    {
        var all = state.Sessions.ToSortedArray();
        return [.. all.TakeWhile(_ => room.Take())];
    }

    private List<KeyValuePair<long, IReadOnlyList<string>>> Ephemerals(Room room)
    {
        var list = new List<KeyValuePair<long, IReadOnlyList<string>>>();
        foreach (var session in state.Tree.SessionsWithEphemerals)
        {
            var paths = new List<string>();
            foreach (var node in state.Tree.EphemeralsOf(session))
            {
                if (!room.Take())
                {
                    break;
                }

                paths.Add(Encoding.UTF8.GetString(node.Path));
            }

            if (paths.Count == 0)
            {
                break;
            }

            paths.Sort(StringComparer.Ordinal);
            list.Add(new(session, paths));
        }

        return list;
    }

    private List<KeyValuePair<long, IReadOnlyList<string>>> Watches(Room room)
    {
        var list = new List<KeyValuePair<long, IReadOnlyList<string>>>();
        foreach (var client in connections.OpenBySession())
        {
            if (watches.CountOf(client.Id.Value) == 0)
            {
                continue;
            }

            var paths = new List<string>();
            watches.Visit(client.Id.Value, (path, _) =>
            {
                if (room.Take())
                {
                    paths.Add(Encoding.UTF8.GetString(path));
                }
            });
            if (paths.Count == 0)
            {
                break;
            }

            paths.Sort(StringComparer.Ordinal);
            list.Add(new(client.SessionId, paths));
        }

        return list;
    }

    private sealed class Room(int left)
    {
        private int _left = left;

        public bool IsCut { get; private set; }

        public bool Take()
        {
            if (_left == 0)
            {
                IsCut = true;
                return false;
            }

            _left--;
            return true;
        }
    }
}
