using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Algorithms;

/// <summary>A policy over choices: softmax of a network's outputs, convolutions in front where observations are images. Its deterministic action is the likeliest.</summary>
internal sealed class SacDiscretePolicy : IPolicyNetwork
{
    private readonly QNetwork _network;
    private readonly int[] _branches;

    public SacDiscretePolicy(ParameterSet parameters, LearningContext context, SacOptions options, QNetworkLayout layout)
    {
        ObservationSpace = context.ObservationSpace;
        ActionSpace = context.ActionSpace;
        Masked = context.Masked;
        Encoder = new ObservationEncoder(ObservationSpace, options.NormalizeObservations);
        Scaling = new ActionScaling(ActionSpace);
        _branches = [((Discrete)ActionSpace).N];
        _network = new QNetwork(parameters, "actor", ObservationSpace, Encoder.Size, _branches[0], layout);
    }

    public Space ObservationSpace { get; }

    public Space ActionSpace { get; }

    public bool Masked { get; }

    public ObservationEncoder Encoder { get; }

    public ActionScaling Scaling { get; }

    /// <summary>ln π(·|s), [B, A].</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <param name="mask">What is allowed, [B, A]; null for everything.</param>
    public Tensor LogProbabilities(ParameterScope scope, Tensor encoded, Tensor? mask) => Op.LogSoftmax(QTargets.Allowed(_network.Outputs(scope, encoded), mask));

    public PolicyTensors Act(ParameterScope scope, PolicyInputs inputs)
    {
        Tensor logits = _network.Outputs(scope, inputs.Encoded);
        var policy = new Categorical(logits, _branches, inputs.Mask);
        return new PolicyTensors(policy.Mode, policy.Sample(inputs.Noise), [new("logits", TensorRole.Logits, logits)], policy.ModeScores, policy.SampleScores(inputs.Noise));
    }
}
