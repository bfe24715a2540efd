using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>A client that creates, changes and deletes nodes below one, one after another, and notes by its answers what a watch must tell.</summary>
internal sealed class WatchedWriter(GrainKeeperClient client, string parent, int number)
{
    private volatile bool _stopping;
    private Task _running = Task.CompletedTask;
    private int _count;

    public GrainKeeperClient Client => client;

    /// <summary>What was answered: what happened to which node in which transaction; −1 for a deletion, whose answer does not tell.</summary>
    public List<(WatchEventType Type, string Path, long Zxid)> Answered { get; } = [];

    /// <summary>Writes answered so far.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool Failed => _running.IsFaulted;

    public void Start() => _running = Task.Run(WorkAsync);

    public async Task StopAsync()
    {
        _stopping = true;
        await _running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task WorkAsync()
    {
        for (var i = 0; !_stopping; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{parent}/{number}-{i}");
            Note(WatchEventType.NodeCreated, path, (await client.CreateAsync(path, new byte[10])).Stat.Czxid);
            Note(WatchEventType.NodeDataChanged, path, (await client.SetDataAsync(path, new byte[20])).Mzxid);
            if (i % 3 != 0)
            {
                await client.DeleteAsync(path);
                Note(WatchEventType.NodeDeleted, path, -1);
            }
        }
    }

    private void Note(WatchEventType type, string path, long zxid)
    {
        Answered.Add((type, path, zxid));
        Volatile.Write(ref _count, Answered.Count);
    }
}
