using GrainKeeper.Core.Jute;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Checking;

/// <summary>Cuts clients' writes and linearizable reads into histories of single nodes, for the search for a linear order.</summary>
public static class WriteHistory
{
    /// <summary>The operations on each of the given paths.</summary>
    public static SortedDictionary<string, List<RegisterOperation>> ByPath(IEnumerable<ClientRequest> requests, IReadOnlyList<string> paths)
    {
        var histories = new SortedDictionary<string, List<RegisterOperation>>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            histories.Add(path, []);
        }

        foreach (var request in requests)
        {
            if (!(request.IsWrite || IsLinearizableRead(request)) || request.Type == OpCode.CloseSession || IsAboutTheSession(request))
            {
                continue;
            }

            var parts = request.Type == OpCode.Multi ? request.Parts : [request];
            foreach (var path in parts.Select(p => p.Path).Distinct())
            {
                if (histories.TryGetValue(path, out var history))
                {
                    history.Add(Operation(request, parts, path));
                }
            }
        }

        return histories;
    }

    private static bool IsLinearizableRead(ClientRequest request) => request is { Linearizable: true, Returned: not null, Type: OpCode.GetData or OpCode.Exists };

    private static RegisterOperation Operation(ClientRequest request, IReadOnlyList<ClientRequest> parts, string path)
    {
        var steps = new List<RegisterStep>();
        var failedStep = -1;
        ErrorCode? error = request.Returned is null ? null : ErrorCode.Ok;
        var failedPart = FailedPart(request);
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i].Path != path)
            {
                continue;
            }

            if (i == failedPart)
            {
                failedStep = steps.Count;
                error = request.Type == OpCode.Multi ? request.PartResults[i].Error : request.Result.Error;
            }

            var result = request.Type == OpCode.Multi ? request.PartResults.ElementAtOrDefault(i) : request.Result;
            steps.Add(new RegisterStep(parts[i].Type, parts[i].Value, parts[i].Version, result.Stat?.Version, request.Type == OpCode.GetData && error == ErrorCode.Ok ? request.ReadValue : null));
        }

        return new RegisterOperation
        {
            Invoked = request.Invoked,
            Returned = request.Returned,
            Steps = steps,
            Error = error,
            FailedStep = failedStep,
            FailedElsewhere = failedPart >= 0 && failedStep < 0,
        };
    }

    private static int FailedPart(ClientRequest request)
    {
        if (request.Returned is null || request.Outcome == Outcome.Ok)
        {
            return -1;
        }

        if (request.Type != OpCode.Multi)
        {
            return 0;
        }

        for (var i = 0; i < request.PartResults.Count; i++)
        {
            if (request.PartResults[i].Error is not (ErrorCode.Ok or ErrorCode.RuntimeInconsistency))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsAboutTheSession(ClientRequest request) => request.Returned is not null
        && request.Result.Error is ErrorCode.SessionExpired or ErrorCode.SessionMoved or ErrorCode.Closing or ErrorCode.Throttled or ErrorCode.ConnectionLoss;
}
