using System;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>The policy as it acts while experience is collected: N observations to N sampled actions in one native call.</summary>
public sealed class Actor : IDisposable
{
    private readonly (NoiseKind Kind, int Size)[] _noises;
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;
    private readonly TensorBuffer? _networkNoise;

    /// <summary>Compiles the actor.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="model">The policy.</param>
    /// <param name="parameters">Their parameters; what is current when acting is used.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    /// <param name="environmentCount">N</param>
    public Actor(ExecutionDevice device, IPolicyNetwork model, StateVector parameters, ObservationStatistics statistics, int environmentCount)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(statistics);
        _noises = [.. NativeProfile.Noises(model.ActionSpace).Select(spec => (spec.Noise, spec.RowSize))];
        Observations = new TensorBuffer(ElementType.Float32, environmentCount, model.ObservationSpace.Size);
        Masks = model.Masked ? new TensorBuffer(ElementType.Float32, environmentCount, model.ActionSpace.MaskSize) : null;
        RawActions = new TensorBuffer(ElementType.Float32, environmentCount, model.ActionSpace.Size);
        Actions = model.Scaling.IsIdentity ? RawActions : new TensorBuffer(ElementType.Float32, environmentCount, model.ActionSpace.Size);
        Noise = new TensorBuffer(ElementType.Float32, environmentCount, _noises.Sum(noise => noise.Size));
        _networkNoise = model.NetworkNoiseSize > 0 ? new TensorBuffer(ElementType.Float32, model.NetworkNoiseSize) : null;
        Exploration = model.UsesExploration ? new TensorBuffer(ElementType.Float32) : null;
        Memory = model.Memory is null ? null : new ActorMemory(model.Memory, environmentCount);

        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        var inputs = new PolicyInputs(
            model.Encoder.Encode(build.Add("observation", Observations)),
            Masks is null ? null : build.Add("action_mask", Masks),
            build.Add("noise", Noise),
            Exploration is null ? null : build.Add("exploration", Exploration),
            _networkNoise is null ? null : build.Add("network_noise", _networkNoise),
            Memory?.Declare(build));
        build.AddStatistics(model.Encoder, statistics);
        PolicyTensors policy = model.Act(scope, inputs);
        Tensor sample = policy.Sample;
        build.AddParameters(scope, parameters);
        build.Output("raw_action", sample, RawActions);
        if (Actions != RawActions) build.Output("action", model.Scaling.ToEnvironment(sample), Actions);
        Memory?.Output(build, policy);
        (_function, _call) = build.Compile(device, "actor");
    }

    /// <summary>[N, observation size]: fill before acting.</summary>
    public TensorBuffer Observations { get; }

    /// <summary>[N, mask size]: fill before acting; null without masks.</summary>
    public TensorBuffer? Masks { get; }

    /// <summary>[N, A]: the sampled actions as the distribution has them.</summary>
    public TensorBuffer RawActions { get; }

    /// <summary>[N, A]: the same as the environment takes them.</summary>
    public TensorBuffer Actions { get; }

    /// <summary>[N, K]: the random numbers that actions are drawn with.</summary>
    public TensorBuffer Noise { get; }

    /// <summary>How much is explored, a scalar; null where the policy has no such number.</summary>
    public TensorBuffer? Exploration { get; }

    /// <summary>What the policy remembers, one row an environment; null where it does not remember.</summary>
    public ActorMemory? Memory { get; }

    /// <summary>Samples an action for each observation.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    public void Act(RandomGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        for (Span<float> left = Noise.Floats; !left.IsEmpty;)
        {
            foreach ((NoiseKind kind, int size) in _noises)
            {
                random.Fill(left[..size], kind);
                left = left[size..];
            }
        }

        ActWithNoise(random);
    }

    /// <summary>Samples an action for each observation with the noise that stands in <see cref="Noise"/>.</summary>
    /// <param name="random">Where the noise of noisy layers comes from.</param>
    public void ActWithNoise(RandomGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (_networkNoise is not null) random.FillGaussian(_networkNoise.Floats);
        _call.Run();
    }

    /// <summary>Releases the session and the memory.</summary>
    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        Observations.Dispose();
        Masks?.Dispose();
        if (Actions != RawActions) Actions.Dispose();
        RawActions.Dispose();
        Noise.Dispose();
        Exploration?.Dispose();
        _networkNoise?.Dispose();
        Memory?.Dispose();
    }
}
