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

    /// <summary>Name of the noise input; for a Dict the one with the normal numbers of its Box entries.</summary>
    public const string NoiseName = "noise";

    /// <summary>Name of a Dict's input with the uniform numbers of its other entries.</summary>
    public const string UniformNoiseName = "uniform_noise";

    /// <summary>Name of the input for the reward of the step before.</summary>
    public const string RewardName = "previous_reward";

    /// <summary>Name of the first output, the deterministic action.</summary>
    public const string ActionName = "action";

    /// <summary>Name of the output with the sampled action.</summary>
    public const string ActionSampleName = "action_sample";

    /// <summary>
    /// Name of the optional output ln σ, [batch, numbers of an action], of a policy that draws x from the normal distribution around its output with the role
    /// mean and takes x, cut to what is allowed. Both are in the units of learning: −1 to 1 where the file rescales actions, else the environment's. Of a Dict
    /// each Box entry has its own, under this name, a point and the entry's name.
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
        if (actionSpace.MaskSize == 0) throw new ArgumentException($"The action space {actionSpace} has no masks; Discrete, MultiDiscrete and a Dict with one of them have.", nameof(actionSpace));
        return new TensorSpec(ActionMaskName, TensorElement.Float32, new[] { TensorSpec.Batch, actionSpace.MaskSize }, TensorRole.ActionMask);
    }

    /// <summary>
    /// The noise inputs: float32 [batch, K]. Box: standard normal, one per entry. Discrete and MultiDiscrete: uniform, one per logit.
    /// MultiBinary: uniform, one per bit. Dict: <see cref="NoiseName"/> with the normal numbers of all its Box entries, then
    /// <see cref="UniformNoiseName"/> with the uniform ones of all others, each in the order of the entries; one of the two where the Dict has one kind.
    /// Numbers are drawn row after row, those of a row in the order of this list.
    /// </summary>
    /// <param name="actionSpace">The action space.</param>
    public static IReadOnlyList<TensorSpec> Noises(Space actionSpace)
    {
        if (actionSpace is null) throw new ArgumentNullException(nameof(actionSpace));
        if (actionSpace is not Dict dict) return new[] { Noise(NoiseName, KindOf(actionSpace), NoiseSize(actionSpace)) };
        return new[] { (Name: NoiseName, Kind: NoiseKind.Normal), (Name: UniformNoiseName, Kind: NoiseKind.Uniform) }
            .Select(noise => (noise.Name, noise.Kind, Size: dict.Entries.Where(e => KindOf(e.Value) == noise.Kind).Sum(e => NoiseSize(e.Value))))
            .Where(noise => noise.Size > 0).Select(noise => Noise(noise.Name, noise.Kind, noise.Size)).ToArray();
    }

    /// <summary>The reward input of a policy that remembers by it: float32 [batch, 1].</summary>
    public static TensorSpec Reward { get; } = new(RewardName, TensorElement.Float32, new[] { TensorSpec.Batch, 1 }, TensorRole.Reward);

    /// <summary>
    /// The action output. Box: float32 [batch, its axes], within the environment's range. Discrete: int64 [batch]. MultiDiscrete:
    /// int64 [batch, branches]. MultiBinary: int64 [batch, bits]. Dict: float32 [batch, <see cref="Space.Size"/>], the row of its entries as
    /// <see cref="Space"/> lays it out, choices and bits as whole numbers.
    /// </summary>
    /// <param name="actionSpace">The action space.</param>
    public static TensorSpec Action(Space actionSpace) => Action(ActionName, TensorRole.Action, actionSpace);

    /// <summary>The output with the sampled action: as <see cref="Action(Space)"/>, under its own name.</summary>
    /// <param name="actionSpace">The action space.</param>
    public static TensorSpec ActionSample(Space actionSpace) => Action(ActionSampleName, TensorRole.ActionSample, actionSpace);

    private static TensorSpec Observation(string name, Space space) =>
        new(name, TensorElement.Float32, space is Box box ? WithBatch(box.Shape) : new[] { TensorSpec.Batch, space.Size }, TensorRole.Observation);

    private static TensorSpec Action(string name, TensorRole role, Space space)
    {
        if (space is null) throw new ArgumentNullException(nameof(space));
        return space switch
        {
            Dict => new TensorSpec(name, TensorElement.Float32, new[] { TensorSpec.Batch, space.Size }, role),
            Box box => new TensorSpec(name, TensorElement.Float32, WithBatch(box.Shape), role),
            Discrete => new TensorSpec(name, TensorElement.Int64, new[] { TensorSpec.Batch }, role),
            _ => new TensorSpec(name, TensorElement.Int64, new[] { TensorSpec.Batch, space.Size }, role),
        };
    }

    private static TensorSpec Noise(string name, NoiseKind kind, int size) =>
        new(name, TensorElement.Float32, new[] { TensorSpec.Batch, size }, TensorRole.Noise, kind);

    private static NoiseKind KindOf(Space space) => space is Box ? NoiseKind.Normal : NoiseKind.Uniform;

    private static int NoiseSize(Space space) => space.MaskSize > 0 ? space.MaskSize : space.Size;

    private static int[] WithBatch(IEnumerable<int> shape) => new[] { TensorSpec.Batch }.Concat(shape).ToArray();
}
