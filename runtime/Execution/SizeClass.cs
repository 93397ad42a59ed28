namespace Pipeline.Runtime.Execution;

/// <summary>
/// The row counts for which buffers are kept: every count up to 16, then eight steps to each doubling. A call is run with the next
/// such count, so a host whose number of agents changes from frame to frame settles after a few calls, at the cost of at most an
/// eighth more rows.
/// </summary>
internal readonly record struct SizeClass(int Index, int Rows)
{
    private const int Exact = 16;
    private const int Steps = 8;

    /// <summary>The smallest class that holds <paramref name="rows"/> rows.</summary>
    /// <param name="rows">At least 1.</param>
    internal static SizeClass Of(int rows)
    {
        if (rows <= Exact) return new SizeClass(rows - 1, rows);
        int doubling = 0;
        int floor = Exact;
        while (floor * 2 < rows)
        {
            floor *= 2;
            doubling++;
        }

        int step = floor / Steps;
        int steps = (rows - floor + step - 1) / step;
        return new SizeClass(Exact + (doubling * Steps) + steps - 1, floor + (steps * step));
    }
}
