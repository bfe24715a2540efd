using System.Text;

namespace GrainKeeper.Client.Sessions;

/// <summary>Divides watches into those that share requests: of limited size, and those that take events only when they have room by themselves, so that none waits for another.</summary>
internal static class WatchGroups
{
    private const int MostBytes = 128 * 1024;

    internal static IEnumerable<IReadOnlyList<PersistentWatch>> Of(IReadOnlyList<PersistentWatch> watches)
    {
        var group = new List<PersistentWatch>();
        var bytes = 0;
        foreach (var watch in watches)
        {
            if (watch.Room is not null)
            {
                yield return [watch];
                continue;
            }

            var size = Encoding.UTF8.GetByteCount(watch.Path) + sizeof(int);
            if (group.Count > 0 && bytes + size > MostBytes)
            {
                yield return group;
                group = [];
                bytes = 0;
            }

            group.Add(watch);
            bytes += size;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }
}
