namespace Pipeline.Runtime.Execution;

/// <summary>
/// The row counts for which bindings are kept: every count up to 16, then eight steps to each doubling. A call is run with the next
/// such count, so a host whose number of agents changes from frame to frame settles after a few calls, at the cost of at most an
/// eighth more rows. The classes of one doubling are a group and share their buffers.
/// </summary>
/// <param name="Group">0 for up to 16 rows, then one more for each doubling.</param>
/// <param name="Step">Which of the group's classes, from 0.</param>
/// <param name="Rows">The rows that are run.</param>
internal readonly record struct SizeClass(int Group, int Step, int Rows)
{
    /// <summary>Most classes of a group.</summary>
    internal const int Exact = 16;

    private const int Steps = 8;

    /// <summary>The rows of the largest class of its group.</summary>
    internal int Capacity => Exact << Group;

    /// <summary>The smallest class that holds <paramref name="rows"/> rows.</summary>
    /// <param name="rows">At least 1.</param>
    internal static SizeClass Of(int rows)
    {
        if (rows <= Exact) return new SizeClass(0, rows - 1, rows);
        int doubling = 0;
        int floor = Exact;
        while (floor * 2 < rows)
        {
            floor *= 2;
            doubling++;
        }

        int step = floor / Steps;
        int steps = (rows - floor + step - 1) / step;
        return new SizeClass(doubling + 1, steps - 1, floor + (steps * step));
    }

    /// <summary>How many classes a group has.</summary>
    internal static int CountOf(int group) => group == 0 ? Exact : Steps;

    /// <summary>The class of a group and step.</summary>
    internal static SizeClass At(int group, int step) =>
        group == 0 ? new SizeClass(0, step, step + 1) : new SizeClass(group, step, (Exact << (group - 1)) / Steps * (Steps + step + 1));
}
