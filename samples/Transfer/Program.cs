using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Samples.Transfer;

var servers = ConnectString.Parse(Environment.GetEnvironmentVariable("GK_SERVER") ?? "127.0.0.1:21801,127.0.0.1:21811,127.0.0.1:21821");
await using var bank = new Bank(servers, Environment.GetEnvironmentVariable("GK_AUTH"));
try
{
    switch (args)
    {
        case ["open", var account, var amount]:
            await bank.OpenAsync(Account.Parse(account), Number(amount));
            break;
        case ["move", var from, var to, var amount, .. var times] when times.Length <= 1:
            for (var left = times.Length == 1 ? Number(times[0]) : 1; left > 0; left--)
            {
                Console.WriteLine(await bank.MoveAsync(Account.Parse(from), Account.Parse(to), Number(amount)));
            }

            break;
        case ["show", .. var accounts] when accounts.Length > 0:
            foreach (var account in accounts.Select(Account.Parse))
            {
                Console.WriteLine($"{account}: {await bank.BalanceAsync(account)}");
            }

            break;
        default:
            await Console.Error.WriteLineAsync("open TREE/ACCOUNT AMOUNT | move TREE/ACCOUNT TREE/ACCOUNT AMOUNT [TIMES] | show TREE/ACCOUNT …");
            return 2;
    }

    return 0;
}
catch (Exception e) when (e is GrainKeeperException or FormatException or ArgumentException or InvalidOperationException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
