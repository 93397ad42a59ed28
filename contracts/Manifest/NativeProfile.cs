using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Contracts.Manifest;

/// <summary>
/// The native model convention: which inputs and outputs a policy's graph has for its spaces. The export writes by it, the runtime
/// checks by it. Every tensor has the batch as its first axis.
/// </summary>
public static class NativeProfile
{
    /// <summary>Name of the observation input where the observation space is no Dict; for a Dict each input has its entry's name.</summary>
    public const string ObservationName = "observation";

    /// <summary>Name of the mask input.</summary>
    public const string ActionMaskName = "action_mask";

    /// <summary>Name of the noise input.</summary>
    public const string NoiseName = "noise";

    /// <summary>Name of the input for the reward of the step before.</summary>
    public const string RewardName = "previous_reward";

    /// <summary>Name of the first output, the deterministic action.</summary>
    public const string ActionName = "action";

    /// <summary>Name of the output with the sampled action.</summary>
    public const string ActionSampleName = "action_sample";

    /// <summary>
    /// Name of the optional output ln σ, [batch, numbers of an action], of a policy that draws x from the normal distribution around its output with the role
    /// mean and takes x, cut to what is allowed. Both are in the units of learning: −1 to 1 where the file rescales actions, else the environment's.
    /// </summary>
    public const string LogStdName = "log_std";

    /// <summary>Name of the same output of a policy that takes tanh x.</summary>
    public const string SquashedLogStdName = "squashed_log_std";

    /// <summary>The inputs that carry an observation, in the order of its row.</summary>
    /// <param name="observationSpace">The observation space.</param>
    /// <returns>float32 each: a Box [batch, its axes], Discrete [batch, 1] with the index, MultiDiscrete and MultiBinary [batch, k].</returns>
    public static IReadOnlyList<TensorSpec> Observations(Space observationSpace)
    {
        if (observationSpace is null) throw new ArgumentNullException(nameof(observationSpace));
        return observationSpace is Dict dict
            ? dict.Entries.Select(entry => Observation(entry.Key, entry.Value)).ToArray()
            : new[] { Observation(ObservationName, observationSpace) };
    }

    /// <summary>The mask input: float32 [batch, <see cref="Space.MaskSize"/>].</summary>
    /// <param name="actionSpace">An action space with masks.</param>
    /// <exception cref="ArgumentException">Masks have no meaning for this space.</exception>
    public static TensorSpec ActionMask(Space actionSpace)
    {
        if (actionSpace is null) throw new ArgumentNullException(nameof(actionSpace));
        if (actionSpace.MaskSize == 0) throw new ArgumentException($"The action space {actionSpace} has no masks; Discrete and MultiDiscrete have.", nameof(actionSpace));
        return new TensorSpec(ActionMaskName, TensorElement.Float32, new[] { TensorSpec.Batch, actionSpace.MaskSize }, TensorRole.ActionMask);
    }

    /// <summary>
    /// The noise input: float32 [batch, K]. Box: standard normal, one per entry. Discrete and MultiDiscrete: uniform, one per logit.
    /// MultiBinary: uniform, one per bit.
    /// </summary>
    /// <param name="actionSpace">The action space.</param>
    /// <exception cref="ArgumentException">The space is not one that <see cref="SupportsActions"/>.</exception>
    public static TensorSpec Noise(Space actionSpace)
    {
        CheckActions(actionSpace);
        NoiseKind kind = actionSpace is Box ? NoiseKind.Normal : NoiseKind.Uniform;
        int size = actionSpace.MaskSize > 0 ? actionSpace.MaskSize : actionSpace.Size;
        return new TensorSpec(NoiseName, TensorElement.Float32, new[] { TensorSpec.Batch, size }, TensorRole.Noise, kind);
    }

    /// <summary>The reward input of a policy that remembers by it: float32 [batch, 1].</summary>
    public static TensorSpec Reward { get; } = new(RewardName, TensorElement.Float32, new[] { TensorSpec.Batch, 1 }, TensorRole.Reward);

    /// <summary>
    /// The action output. Box: float32 [batch, its axes], within the environment's range. Discrete: int64 [batch]. MultiDiscrete:
    /// int64 [batch, branches]. MultiBinary: int64 [batch, bits].
    /// </summary>
    /// <param name="actionSpace">The action space.</param>
    /// <exception cref="ArgumentException">The space is not one that <see cref="SupportsActions"/>.</exception>
    public static TensorSpec Action(Space actionSpace) => Action(ActionName, TensorRole.Action, actionSpace);

    /// <summary>The output with the sampled action: as <see cref="Action(Space)"/>, under its own name.</summary>
    /// <param name="actionSpace">The action space.</param>
    /// <exception cref="ArgumentException">The space is not one that <see cref="SupportsActions"/>.</exception>
    public static TensorSpec ActionSample(Space actionSpace) => Action(ActionSampleName, TensorRole.ActionSample, actionSpace);

    /// <summary>Whether the convention covers actions of this space: Box, Discrete, MultiDiscrete and MultiBinary.</summary>
    /// <param name="actionSpace">The action space.</param>
    public static bool SupportsActions(Space actionSpace) => actionSpace is Box or Discrete or MultiDiscrete or MultiBinary;

    private static TensorSpec Observation(string name, Space space) =>
        new(name, TensorElement.Float32, space is Box box ? WithBatch(box.Shape) : new[] { TensorSpec.Batch, space.Size }, TensorRole.Observation);

    private static TensorSpec Action(string name, TensorRole role, Space space)
    {
        CheckActions(space);
        return space switch
        {
            Box box => new TensorSpec(name, TensorElement.Float32, WithBatch(box.Shape), role),
            Discrete => new TensorSpec(name, TensorElement.Int64, new[] { TensorSpec.Batch }, role),
            _ => new TensorSpec(name, TensorElement.Int64, new[] { TensorSpec.Batch, space.Size }, role),
        };
    }

    private static int[] WithBatch(IEnumerable<int> shape) => new[] { TensorSpec.Batch }.Concat(shape).ToArray();

    private static void CheckActions(Space actionSpace)
    {
        if (actionSpace is null) throw new ArgumentNullException(nameof(actionSpace));
        if (!SupportsActions(actionSpace))
            throw new ArgumentException($"The action space {actionSpace} has no native form. Allowed: Box, Discrete, MultiDiscrete or MultiBinary.", nameof(actionSpace));
    }
}
