using System;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments.Wrappers;

/// <summary>
/// Actions in −1 … 1 for environments whose actions have other bounds: −1 becomes the lower bound, 1 the upper, linearly between and beyond.
/// </summary>
public sealed class ActionRescale : VectorWrapper
{
    private readonly float[] _centre;
    private readonly float[] _half;
    private readonly float[] _rescaled;

    /// <summary>Wraps environments.</summary>
    /// <param name="inner">Environments whose action space is a box with finite bounds.</param>
    /// <exception cref="EnvironmentException">The action space is another.</exception>
    public ActionRescale(IVectorEnvironment inner)
        : base(inner)
    {
        if (Inner.ActionSpace is not Box { IsBounded: true } box)
            throw new EnvironmentException($"Actions can be rescaled where they are a Box with finite bounds; this environment's are {Inner.ActionSpace}. Leave the rescaling out.");
        _centre = [.. box.Low.Zip(box.High, (low, high) => (float)(((double)low + high) / 2))];
        _half = [.. box.Low.Zip(box.High, (low, high) => (float)(((double)high - low) / 2))];
        _rescaled = new float[Count * box.Size];
        ActionSpace = new Box(-1, 1, [.. box.Shape]);
    }

    /// <inheritdoc/>
    public override Space ActionSpace { get; }

    /// <inheritdoc/>
    public override void Step(ReadOnlySpan<float> actions, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        step.CheckFits(this, actions);
        int size = _centre.Length;
        for (int row = 0; row < _rescaled.Length; row += size)
        {
            for (int i = 0; i < size; i++)
                _rescaled[row + i] = _centre[i] + (_half[i] * actions[row + i]);
        }

        Inner.Step(_rescaled, step);
    }
}
