namespace GrainKeeper.Core.Replica.Results;

/// <summary>
/// The numbers of a session's writes: 1, 2, 3, … and after <see cref="int.MaxValue"/> 1 again. They leave no gap, so whoever knows the last one knows which is next; of two numbers the
/// earlier one is told by the shorter way round.
/// </summary>
public static class RequestNumber
{
    private const int HalfWay = 1 << 30;

    /// <summary>The number after this one; 0 stands before the first.</summary>
    /// <param name="number">The number.</param>
    public static int Next(int number) => number == int.MaxValue ? 1 : number + 1;

    /// <summary>Whether a number is the given one or one before it.</summary>
    /// <param name="number">The number.</param>
    /// <param name="last">The one it is compared with.</param>
    public static bool IsUpTo(int number, int last) => number > 0 && last > 0 && ((last - number) & int.MaxValue) < HalfWay;
}
