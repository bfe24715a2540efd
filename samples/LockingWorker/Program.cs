using GrainKeeper.Client.Hosting;
using GrainKeeper.Samples.LockingWorker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddFilter("Orleans", LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning);
builder.AddGrainKeeperClient(configure: settings =>
{
    if (settings.Servers.Length == 0)
    {
        settings.Servers = "127.0.0.1:21801,127.0.0.1:21811,127.0.0.1:21821";
    }
});
builder.Services.AddSingleton(new Stock(builder.Configuration["stock"] ?? Path.Combine(Path.GetTempPath(), "stock.txt")));
builder.Services.Configure<WorkerSettings>(builder.Configuration);
builder.Services.AddHostedService<Worker>();
await builder.Build().RunAsync();
