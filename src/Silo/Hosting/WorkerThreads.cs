namespace GrainKeeper.Silo.Hosting;

/// <summary>The size with which the thread pool of a server's process begins.</summary>
internal static class WorkerThreads
{
    /// <summary>
    /// Has the pool begin with a thread for every two processors instead of one for each; it grows when they are blocked, and not otherwise (see the project file). Every write passes through many short pieces of work, and a pool that has
    /// a thread to spare wakes it for each of them: with three servers on two processors a write cost a third more. It works only before anything uses the pool.
    /// </summary>
    public static void BeginSmall() => AppContext.SetData("System.Threading.ThreadPool.MinThreads", Math.Max(1, Environment.ProcessorCount / 2));
}
