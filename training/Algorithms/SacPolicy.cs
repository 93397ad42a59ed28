using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// A policy over real-valued actions with finite bounds, a squashed Gaussian whose mean and deviation both depend on the state. Its deterministic
/// action is the squashed mean.
/// </summary>
internal sealed class SacPolicy : IPolicyNetwork
{
    private readonly Mlp _layers;

    public SacPolicy(ParameterSet parameters, LearningContext context, OffPolicyOptions options)
    {
        ObservationSpace = context.ObservationSpace;
        ActionSpace = context.ActionSpace;
        Encoder = new ObservationEncoder(ObservationSpace, options.NormalizeObservations);
        Scaling = new ActionScaling(ActionSpace);
        _layers = Mlp.WithFanIn(parameters, "actor", Encoder.Size, options.HiddenSizes, 2 * ActionSpace.Size, options.Activation);
    }

    public Space ObservationSpace { get; }

    public Space ActionSpace { get; }

    public bool Masked => false;

    public ObservationEncoder Encoder { get; }

    public ActionScaling Scaling { get; }

    /// <summary>A sampled action, [B, A], and the logarithm of its density, [B, 1].</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <param name="noise">[B, A], standard normal</param>
    public (Tensor Action, Tensor LogProbability) Sample(ParameterScope scope, Tensor encoded, Tensor noise) =>
        SquashedGaussian.FromOutputs(_layers.Apply(scope, encoded)).SampleWithLogProbability(noise);

    public PolicyTensors Act(ParameterScope scope, PolicyInputs inputs)
    {
        Tensor outputs = _layers.Apply(scope, inputs.Encoded);
        var distribution = SquashedGaussian.FromOutputs(outputs);
        Tensor mean = Op.Slice(outputs, 1, 0, ActionSpace.Size);
        return new PolicyTensors(
            distribution.Mode,
            distribution.SampleWithLogProbability(inputs.Noise).Action,
            [new("mean", TensorRole.Mean, mean), new(NativeProfile.SquashedLogStdName, TensorRole.LogStd, distribution.LogDeviation)]);
    }
}
