using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Samples.Transfer;

/// <summary>
/// Accounts in several trees, each with a leader and a log of its own. A transfer between two trees is one transaction: both balances change or none does. It names the versions that were read, so nobody
/// changes a balance meanwhile unnoticed.
/// </summary>
internal sealed class Bank(ConnectString servers, string? credentials) : IAsyncDisposable
{
    private const int MostTries = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly Dictionary<string, GrainKeeperClient> _clients = new(StringComparer.Ordinal);

    /// <summary>Opens an account, and makes its tree when there is none, which takes the administrator's credentials.</summary>
    public async Task OpenAsync(Account account, long amount)
    {
        var trees = new TreeDirectory(await ClientAsync("root"));
        if (!(await trees.ListAsync()).Contains(account.Tree))
        {
            await trees.CreateAsync(account.Tree);
        }

        await (await ClientAsync(account.Tree)).CreateAsync(account.Path, Bytes(amount));
    }

    /// <summary>What is in an account.</summary>
    public async Task<long> BalanceAsync(Account account) => (await ReadAsync(account)).Balance;

    /// <summary>Moves money.</summary>
    /// <returns>What became of it, for people.</returns>
    public async Task<string> MoveAsync(Account from, Account to, long amount)
    {
        for (var tries = 1; tries <= MostTries; tries++)
        {
            var (source, target) = (await ReadAsync(from), await ReadAsync(to));
            if (source.Balance < amount)
            {
                return $"{from} has {source.Balance}, less than {amount}";
            }

            var transaction = await (await ClientAsync("root")).Transactions.BeginAsync(new TransactionSettings { Protocol = CommitProtocol.PaxosCommit });

            // With the ticket another process could go on, should this one die: Transactions.Continue. A real bank keeps it.
            transaction
                .Tree(from.Tree, new TreeOperation.SetData(from.Path, Bytes(source.Balance - amount), source.Version))
                .Tree(to.Tree, new TreeOperation.SetData(to.Path, Bytes(target.Balance + amount), target.Version));
            var outcome = await transaction.CommitAsync();
            if (outcome is TransactionOutcome.InDoubt)
            {
                // No outcome within the timeout. Under its id it runs once, so it may be submitted again.
                outcome = await transaction.CommitAsync();
            }

            switch (outcome)
            {
                case TransactionOutcome.Committed:
                    return $"{outcome.Id}: moved {amount} from {from} to {to}";
                case TransactionOutcome.InDoubt doubt:
                    return $"{outcome.Id}: in doubt, {doubt.Reason}; ask later: gk tx show {outcome.Id}";
                default:
                    // Somebody was faster, or a server has died before all had voted: nothing has changed. Also, trees carry a decision out a moment after it is told.
                    await Task.Delay(Pause * tries);
                    break;
            }
        }

        return $"{from} and {to} are changed by others too often: nothing was moved in {MostTries} tries";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            await client.DisposeAsync();
        }
    }

    private async Task<(long Balance, int Version)> ReadAsync(Account account)
    {
        try
        {
            var client = await ClientAsync(account.Tree);
            await client.SyncAsync(account.Path);
            var node = await client.GetDataAsync(account.Path);
            return (long.Parse(Encoding.UTF8.GetString(node.Data.Span), CultureInfo.InvariantCulture), node.Stat.Version);
        }
        catch (NoNodeException)
        {
            throw new InvalidOperationException($"there is no account {account}: open it first");
        }
    }

    private async Task<GrainKeeperClient> ClientAsync(string tree)
    {
        if (!_clients.TryGetValue(tree, out var client))
        {
            client = await GrainKeeperClient.ConnectAsync(new GrainKeeperClientOptions
            {
                Servers = servers,
                Tree = tree,
                Credentials = credentials is { Length: > 0 } ? [ClientCredentials.Parse(credentials)] : [],
            });
            _clients.Add(tree, client);
        }

        return client;
    }

    private static byte[] Bytes(long amount) => Encoding.UTF8.GetBytes(amount.ToString(CultureInfo.InvariantCulture));
}
