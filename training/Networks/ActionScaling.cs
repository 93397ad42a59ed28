using System;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// From the actions that are learned to those that environments take. Real-valued actions with finite bounds are learned in [−1, 1] and rescaled
/// to the bounds; others are clipped to what bounds there are; choices stay as they are. Of a dictionary each entry is treated so.
/// </summary>
public sealed class ActionScaling
{
    private readonly bool _all;
    private readonly float[] _low;
    private readonly float[] _high;
    private readonly float[] _centre;
    private readonly float[] _half;

    /// <summary>Makes the scaling of a space.</summary>
    /// <param name="space">The action space.</param>
    public ActionScaling(Space space)
    {
        ArgumentNullException.ThrowIfNull(space);
        Space[] entries = space is Dict dict ? [.. dict.Entries.Select(e => e.Value)] : [space];
        Rescales = entries.Any(e => e is Box { IsBounded: true });
        IsIdentity = !entries.Any(e => e is Box);
        _all = entries.All(e => e is Box { IsBounded: true });
        (_low, _high, _centre, _half) = (new float[space.Size], new float[space.Size], new float[space.Size], new float[space.Size]);
        int start = 0;
        foreach (Space entry in entries)
        {
            for (int i = 0; i < entry.Size; i++)
                (_low[start + i], _high[start + i], _centre[start + i], _half[start + i]) = Column(entry, i);
            start += entry.Size;
        }
    }

    /// <summary>Whether actions, or some of their numbers, are rescaled from [−1, 1] to finite bounds.</summary>
    public bool Rescales { get; }

    /// <summary>Whether environments take actions as they are learned, as none of their numbers is real.</summary>
    public bool IsIdentity { get; }

    /// <summary>Actions as the environment takes them, in a graph.</summary>
    /// <param name="action">[B, A], as learned.</param>
    /// <returns>[B, A]</returns>
    public Tensor ToEnvironment(Tensor action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (IsIdentity) return action;
        Graph graph = action.Graph;
        Shape row = [_half.Length];
        // One side may be bounded while the other is not.
        Tensor clipped = _all ? Op.Clip(action, -1, 1) : Op.Minimum(Op.Maximum(action, graph.Constant(_low, row)), graph.Constant(_high, row));
        return Rescales ? (clipped * graph.Constant(_half, row)) + graph.Constant(_centre, row) : clipped;
    }

    /// <summary>Actions as they are learned.</summary>
    /// <param name="actions">[N, A] within the space's bounds, row-major; changed in place.</param>
    public void FromEnvironment(Span<float> actions)
    {
        if (!Rescales) return;
        for (int i = 0; i < actions.Length; i++)
        {
            int entry = i % _half.Length;
            actions[i] = _half[entry] == 0 ? 0 : (actions[i] - _centre[entry]) / _half[entry];
        }
    }

    // Clipped to the first two, then times the last and plus the one before.
    private static (float Low, float High, float Centre, float Half) Column(Space space, int i)
    {
        if (space is not Box box) return (float.NegativeInfinity, float.PositiveInfinity, 0, 1);
        if (!box.IsBounded) return (box.Low[i], box.High[i], 0, 1);
        float half = (box.High[i] - box.Low[i]) / 2;
        return (-1, 1, box.Low[i] + half, half);
    }
}
