using System;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// From the actions that are learned to those that environments take. Real-valued actions with finite bounds are learned in [−1, 1] and rescaled
/// to the bounds; others are clipped to what bounds there are; choices stay as they are.
/// </summary>
public sealed class ActionScaling
{
    private readonly Space _space;
    private readonly float[] _centre;
    private readonly float[] _half;

    /// <summary>Makes the scaling of a space.</summary>
    /// <param name="space">The action space.</param>
    public ActionScaling(Space space)
    {
        ArgumentNullException.ThrowIfNull(space);
        _space = space;
        Rescales = space is Box { IsBounded: true };
        _centre = new float[Rescales ? space.Size : 0];
        _half = new float[_centre.Length];
        for (int i = 0; i < _centre.Length; i++)
        {
            var box = (Box)space;
            _half[i] = (box.High[i] - box.Low[i]) / 2;
            _centre[i] = box.Low[i] + _half[i];
        }
    }

    /// <summary>Whether actions are rescaled from [−1, 1] to finite bounds.</summary>
    public bool Rescales { get; }

    /// <summary>Actions as the environment takes them, in a graph.</summary>
    /// <param name="action">[B, A], as learned.</param>
    /// <returns>[B, A]</returns>
    public Tensor ToEnvironment(Tensor action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (_space is not Box box) return action;
        Graph graph = action.Graph;
        Shape row = [box.Size];
        // One side may be bounded while the other is not.
        if (!Rescales) return Op.Minimum(Op.Maximum(action, graph.Constant([.. box.Low], row)), graph.Constant([.. box.High], row));
        return (Op.Clip(action, -1, 1) * graph.Constant(_half, row)) + graph.Constant(_centre, row);
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
}
