using System.Collections.Concurrent;
using System.Globalization;
using GrainKeeper.Grains.Transactions.Participants;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>A database beside the servers, as far as grains see it: it outlives them and checks etags.</summary>
internal sealed class SharedStorage : IGrainStorage
{
    public const string Name = "shared";

    private readonly ConcurrentDictionary<GrainId, (int Version, int Balance, string[] Finished)> _rows = [];

    public IReadOnlyDictionary<string, int> Balances => _rows.ToDictionary(r => r.Key.Key.ToString()!, r => r.Value.Balance);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.RecordExists = _rows.TryGetValue(grainId, out var row);
        grainState.ETag = grainState.RecordExists ? row.Version.ToString(CultureInfo.InvariantCulture) : null;
        grainState.State = (T)(object)(grainState.RecordExists
            ? new ParticipantRecord<Account> { State = new Account { Balance = row.Balance }, Finished = [.. row.Finished] }
            : new ParticipantRecord<Account>());
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var record = (ParticipantRecord<Account>)(object)grainState.State!;
        lock (_rows)
        {
            var stored = _rows.TryGetValue(grainId, out var row) ? row.Version.ToString(CultureInfo.InvariantCulture) : null;
            if (stored != grainState.ETag)
            {
                throw new InconsistentStateException($"stored {stored}, written over {grainState.ETag}");
            }

            _rows[grainId] = (row.Version + 1, record.State.Balance, [.. record.Finished]);
            grainState.ETag = (row.Version + 1).ToString(CultureInfo.InvariantCulture);
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException("nobody clears an account");
}
