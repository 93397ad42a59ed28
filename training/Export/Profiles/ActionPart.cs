using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Export.Profiles;

/// <summary>One entry of an action space, or the whole of one that is no dictionary.</summary>
/// <param name="Key">Its name; <c>action</c> for the whole.</param>
/// <param name="Space">Box, Discrete, MultiDiscrete or MultiBinary.</param>
/// <param name="Start">Where its numbers begin in a row.</param>
internal sealed record ActionPart(string Key, Space Space, int Start)
{
    /// <summary>Whether it is real numbers.</summary>
    public bool IsContinuous => Space is Box;

    /// <summary>Of each choice the number of options; a bit has two.</summary>
    public int[] Branches => Space switch
    {
        Discrete discrete => [discrete.N],
        MultiDiscrete multi => [.. multi.Branches],
        MultiBinary bits => [.. Enumerable.Repeat(2, bits.N)],
        _ => [],
    };

    /// <summary>Number of options of all its choices.</summary>
    public int Options => Branches.Sum();

    /// <summary>Whether real numbers are learned in [−1, 1] and scaled to finite bounds.</summary>
    public bool Rescales => Space is Box { IsBounded: true };

    /// <summary>What [−1, 1] is scaled by: the middle between the bounds, and half their distance.</summary>
    public (float[] Centre, float[] Half) Scale()
    {
        var box = (Box)Space;
        float[] half = [.. box.Low.Zip(box.High, (low, high) => (high - low) / 2)];
        return ([.. box.Low.Zip(half, (low, h) => low + h)], half);
    }

    /// <summary>The parts of an action space, in order.</summary>
    /// <param name="space">The action space.</param>
    public static IReadOnlyList<ActionPart> Of(Space space)
    {
        KeyValuePair<string, Space>[] entries = space is Dict dict ? [.. dict.Entries] : [new("action", space)];
        var parts = new List<ActionPart>();
        foreach ((string key, Space entry) in entries) parts.Add(new ActionPart(key, entry, parts.Sum(p => p.Space.Size)));
        return parts;
    }
}
