using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Export;

/// <summary>
/// The numbers of an action one by one: which are choices, and where the scores that a choice is made by, and the mask of its options, begin. Scores stand one
/// after the other as <see cref="Distributions.IDistribution.ModeScores"/> says.
/// </summary>
internal sealed class ActionComponents
{
    private readonly int[] _scoreStarts;

    public ActionComponents(Space actionSpace)
    {
        (int Options, bool Masked)[] components = [.. Components(actionSpace)];
        _scoreStarts = [.. components.Select((c, i) => c.Options == 0 ? -1 : components.Take(i).Sum(before => before.Options))];
        int[] masked = [.. components.Where(c => c.Masked).Select(c => c.Options)];
        MaskStarts = [.. masked.Select((_, i) => masked.Take(i).Sum())];
    }

    /// <summary>How many numbers an action has.</summary>
    public int Count => _scoreStarts.Length;

    /// <summary>Where the masks of choices begin.</summary>
    public IReadOnlyList<int> MaskStarts { get; }

    /// <summary>Whether a number of an action row is a choice.</summary>
    /// <param name="index">Its index, of an action or of rows of them.</param>
    public bool IsChoice(int index) => ScoreStart(index) >= 0;

    /// <summary>Where the scores of a choice begin in its row.</summary>
    /// <param name="index">Its index, of an action or of rows of them.</param>
    public int ScoreStart(int index) => _scoreStarts[index % Count];

    private static IEnumerable<(int Options, bool Masked)> Components(Space space) => space switch
    {
        Discrete discrete => [(discrete.N, true)],
        MultiDiscrete multi => multi.Branches.Select(n => (n, true)),
        MultiBinary bits => Enumerable.Repeat((2, false), bits.N),
        Dict dict => dict.Entries.SelectMany(e => Components(e.Value)),
        _ => Enumerable.Repeat((0, false), space.Size),
    };
}
