using GrainKeeper.Lab.Clients;
using GrainKeeper.Lab.Commits;
using GrainKeeper.Lab.Ensemble;
using GrainKeeper.Lab.Network;
using GrainKeeper.Lab.Scenarios;
using GrainKeeper.Lab.Scheduling;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Running;

/// <summary>One run of a scenario, step by step.</summary>
internal sealed class ScenarioRun
{
    private readonly Scenario _scenario;
    private readonly long _seed;
    private readonly LabWorld _world;
    private readonly Dictionary<string, LabServer> _servers = [];
    private readonly Dictionary<string, LabClient> _clients = [];
    private readonly Dictionary<string, CommitProcess> _processes = [];
    private readonly CommitCircle? _circle;
    private readonly ExpectationJudge _judge;

    internal ScenarioRun(Scenario scenario, long seed)
    {
        (_scenario, _seed) = (scenario, seed);
        _world = new LabWorld(seed);
        if (scenario.Servers > 0)
        {
            var setup = new EnsembleSetup(scenario.Servers, scenario.Observers, scenario.Algorithm, scenario.ReadOnlyMode);
            foreach (var member in setup.Configuration.Members)
            {
                var server = new LabServer(_world, setup, member.Id) { PeerOf = id => _servers[$"{id}"] };
                _servers.Add(server.Name, server);
                _world.Network.Attach(server);
            }
        }

        foreach (var name in scenario.Clients)
        {
            _clients.Add(name, new LabClient(_world, name));
            _world.Network.Attach(_clients[name]);
        }

        _circle = scenario.Participants.Count > 0 ? new CommitCircle(_world, scenario.Participants, scenario.Acceptors) : null;
        foreach (var process in _circle?.Processes ?? [])
        {
            _processes.Add(process.Name, process);
            process.Start();
        }

        _judge = new ExpectationJudge(_servers, _clients, _processes, _circle);
    }

    internal Story Run()
    {
        foreach (var step in _scenario.Steps)
        {
            Carry(step);
        }

        foreach (var (line, text) in _world.Crashes.Left)
        {
            _world.Story.Check(line, text, held: false, "it never came to that: compare the words with the story's");
        }

        return new Story(_scenario.Name, _scenario.Title, _scenario.About, _seed, _scenario.Cast, [.. _world.Story.Events]) { Length = _world.Loop.Now };
    }

    private void Carry(ScenarioStep step)
    {
        if (step.Command is not (ScenarioCommand.Say or ScenarioCommand.Expect or ScenarioCommand.Show))
        {
            _world.Story.Command(step.Line, step.Text);
        }

        switch (step.Command)
        {
            case ScenarioCommand.Say say:
                _world.Story.Say(say.Text);
                break;
            case ScenarioCommand.Show { Shown: true }:
                _world.Story.Show();
                break;
            case ScenarioCommand.Show:
                _world.Story.Hide();
                break;
            case ScenarioCommand.Start start:
                foreach (var name in start.Names)
                {
                    Start(step, name);
                }

                break;
            case ScenarioCommand.Crash crash:
                foreach (var name in crash.Names)
                {
                    Crash(step, name);
                }

                break;
            case ScenarioCommand.CrashAt crash:
                _world.Crashes.Add(step.Line, step.Text, crash.Name, crash.Before, crash.Action);
                break;
            case ScenarioCommand.Run run:
                Demand(step, run.Time);
                RunUntil(_world.Loop.Now + run.Time);
                break;
            case ScenarioCommand.Await awaited:
                Await(step, awaited);
                break;
            case ScenarioCommand.Expect expect:
                var (held, found) = _judge.Judge(expect.Expectation);
                _world.Story.Check(step.Line, step.Text, held, found);
                break;
            case ScenarioCommand.Transaction transaction:
                Begin(step, transaction);
                break;
            default:
                CarryOutside(step);
                break;
        }
    }

    /// <summary>What concerns clients and the network.</summary>
    private void CarryOutside(ScenarioStep step)
    {
        switch (step.Command)
        {
            case ScenarioCommand.Partition partition:
                _world.Network.Part(partition.Groups);
                break;
            case ScenarioCommand.Heal:
                _world.Network.Heal();
                break;
            case ScenarioCommand.Drop drop:
                _world.Network.Drop(new DropRule(drop.From, drop.To, drop.Word, drop.Count));
                break;
            case ScenarioCommand.Slow slow:
                _world.Network.Slow(slow.From, slow.To, slow.Delay);
                break;
            case ScenarioCommand.Connect connect:
                _clients[connect.Client].Connect(_servers[connect.Server], connect.ReadOnly);
                break;
            case ScenarioCommand.Ask ask:
                var client = _clients[ask.Client];
                if (!client.HasServer)
                {
                    throw new ScenarioException(step.Line, $"{ask.Client} has no server: write 'connect {ask.Client} to 1' before");
                }

                client.Ask(new ClientRequest(ask.Type, ask.Path, ask.Data));
                break;
            default:
                throw new InvalidOperationException($"no rule for {step.Command}");
        }
    }

    private void Start(ScenarioStep step, string name)
    {
        var running = _servers.TryGetValue(name, out var server) ? server.Running : _processes[name].Running;
        if (running)
        {
            throw new ScenarioException(step.Line, server is null
                ? $"{name} runs already, for the processes of transactions run from the beginning: start it only after a crash"
                : $"server {name} runs already: start it only once, or after a crash");
        }

        server?.Start();
        if (server is null)
        {
            _processes[name].Start();
        }
    }

    private void Crash(ScenarioStep step, string name)
    {
        var running = _servers.TryGetValue(name, out var server) ? server.Running : _processes[name].Running;
        if (!running)
        {
            throw new ScenarioException(step.Line, $"{name} does not run: start it before it can crash");
        }

        server?.Crash("crashes");
        if (server is null)
        {
            _processes[name].Crash("crashes");
        }
    }

    private void Begin(ScenarioStep step, ScenarioCommand.Transaction transaction)
    {
        if (!_circle!.Coordinator.Running)
        {
            throw new ScenarioException(step.Line, "the coordinator does not run: write 'start coordinator' before");
        }

        _circle.Begin(transaction.Name, transaction.Protocol, transaction.No);
    }

    private void Await(ScenarioStep step, ScenarioCommand.Await awaited)
    {
        Demand(step, awaited.AtMost);
        var begun = _world.Loop.Now;
        var deadline = begun + awaited.AtMost;
        var (held, found) = _judge.Judge(awaited.Expectation);
        while (!held && _world.Loop.Now < deadline)
        {
            _world.Loop.RunNext(deadline);
            (held, found) = _judge.Judge(awaited.Expectation);
        }

        _world.Story.Check(step.Line, step.Text, held, held ? $"{found}, after {(_world.Loop.Now - begun) / EventLoop.Millisecond} ms" : found);
    }

    private void Demand(ScenarioStep step, long time)
    {
        if (_world.Loop.Now + time > Scenario.MaxSeconds * EventLoop.Second)
        {
            throw new ScenarioException(step.Line, $"the run would take more than {Scenario.MaxSeconds} s of virtual time: shorten it");
        }
    }

    private void RunUntil(long time)
    {
        while (_world.Loop.RunNext(time))
        {
            // What happens writes itself down.
        }
    }
}
