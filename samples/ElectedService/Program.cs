using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Configuration;
using GrainKeeper.Client.Hosting;
using GrainKeeper.Client.Recipes;
using GrainKeeper.Samples.ElectedService;
using Microsoft.Extensions.Options;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

// What stands below /elected/settings overrides the settings so far, and is read again whenever it changes.
builder.Configuration.AddGrainKeeper(builder.Configuration["GrainKeeper:Servers"] ?? throw new InvalidOperationException("GrainKeeper:Servers names no servers"), "/elected/settings", optional: true);
builder.Services.Configure<GreetingSettings>(builder.Configuration.GetSection("Greeting"));

builder.AddGrainKeeperClient();
builder.Services.AddHealthChecks().AddGrainKeeper();
builder.Services.AddSingleton<Instance>();
builder.Services.AddSingleton(services => new LeaderElection(services.GetRequiredService<GrainKeeperClient>(), Greeter.ElectionPath));
builder.Services.AddHostedService<Greeter>();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/", async (Instance instance, LeaderElection election, IOptionsMonitor<GreetingSettings> settings, CancellationToken stop) =>
{
    var leader = await election.GetLeaderAsync(stop);
    return new
    {
        instance = instance.Name,
        leader = leader is { } name ? Encoding.UTF8.GetString(name.Span) : null,
        leads = instance.Leadership is { Lost.IsCancellationRequested: false },
        token = instance.Leadership?.FencingToken.ToString("x", CultureInfo.InvariantCulture),
        greeting = settings.CurrentValue.Text,
    };
});
await app.RunAsync();
