using System;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>The sequences that an update of <see cref="Acer"/> learns from, just collected or replayed, and what they are fitted to.</summary>
internal sealed class AcerSequences : IDisposable
{
    private readonly OnPolicyContext _context;
    private readonly IAcerMethod _method;
    private readonly AcerOptions _options;
    private readonly TensorBuffer _logRatios;
    private readonly TensorBuffer _actionValues;
    private readonly UpdateNoise _noise = new();
    private readonly float[] _traces;
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;
    private readonly Bootstrap _bootstrap;

    public AcerSequences(OnPolicyContext context, IAcerMethod method, AcerOptions options)
    {
        (_context, _method, _options) = (context, method, options);
        RolloutBuffer rollout = context.Rollout;
        Steps = RolloutBuffer.For(method.Model, rollout.Length, rollout.EnvironmentCount, options.SequenceLength);
        Behaviour = Matrix(method.StatisticsSize);
        Statistics = Matrix(method.StatisticsSize);
        (_logRatios, _actionValues, Target, Uncorrected) = (Matrix(1), Matrix(1), Matrix(1), Matrix(1));
        _traces = new float[Steps.Rows];
        if (method.DrawnActions > 0) Noise = _noise.Normal((long)method.DrawnActions * Steps.Rows, method.Model.ActionSpace.Size);

        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        AcerEvaluation evaluation = method.Evaluate(Declare(build, scope, scope));
        build.AddParameters(scope, context.Parameters);
        build.Output("statistics", evaluation.Statistics, Statistics);
        build.Output("log_ratio", evaluation.LogRatio, _logRatios);
        build.Output("action_value", evaluation.ActionValue, _actionValues);
        build.Output("value", evaluation.Value, Steps.Values);
        (_function, _call) = build.Compile(context.Device, "acer_evaluation");
        _bootstrap = new Bootstrap(context.Device, method.Model.Encoder, context.Parameters, context.Statistics, Steps, method.Value, method.Model.Memory);
    }

    /// <summary>The sequences.</summary>
    public RolloutBuffer Steps { get; }

    /// <summary>The statistics of the policy that acted, [T·N, P].</summary>
    public TensorBuffer Behaviour { get; }

    /// <summary>Those of the policy that learns, of the latest targets, [T·N, P].</summary>
    public TensorBuffer Statistics { get; }

    /// <summary>What the policy's own actions are made with, [(n + 1)·T·N, A]; null for choices.</summary>
    public TensorBuffer? Noise { get; }

    /// <summary>Q^ret, [T·N, 1]</summary>
    public TensorBuffer Target { get; }

    /// <summary>Q^opc, [T·N, 1]</summary>
    public TensorBuffer Uncorrected { get; }

    /// <summary>1 − Var(Q^ret − Q(s, a)) / Var(Q^ret) of the latest targets.</summary>
    public double ExplainedVariance => Returns.ExplainedVariance(_actionValues.Floats, Target.Floats);

    /// <summary>Declares the sequences as inputs.</summary>
    public AcerBatch Declare(FunctionBuilder build, ParameterScope scope, ParameterScope average)
    {
        ObservationEncoder encoder = _method.Model.Encoder;
        Tensor observation = build.Add("observation", Steps.Observations);
        build.AddStatistics(encoder, _context.Statistics);
        return new AcerBatch(
            encoder.Encode(observation),
            Steps.Masks is null ? null : build.Add("action_mask", Steps.Masks),
            build.Add("action", Steps.Actions),
            build.Add("behaviour", Behaviour),
            Noise is null ? null : build.Add("noise", Noise),
            Steps.Memory?.Declare(build),
            scope,
            average);
    }

    /// <summary>Draws the noise anew that the policy's own actions are made with.</summary>
    public void Draw(RandomGenerator random) => _noise.Fill(random);

    /// <summary>Makes the targets with the networks as they are.</summary>
    /// <param name="justCollected">Whether the present policy acted: its statistics are then noted as those of the behaviour policy.</param>
    public void MakeTargets(bool justCollected)
    {
        _call.Run();
        if (justCollected)
        {
            Statistics.Floats.CopyTo(Behaviour.Floats);
            _logRatios.Floats.Clear();
        }

        _bootstrap.Run(Steps);
        Retrace.Traces(_logRatios.Floats, _options.GaeLambda, _method.TraceDimension, _traces);
        Fit(Target);
        _traces.AsSpan().Fill((float)_options.GaeLambda);
        Fit(Uncorrected);
    }

    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        _bootstrap.Dispose();
        _noise.Dispose();
        foreach (TensorBuffer buffer in (TensorBuffer[])[Behaviour, Statistics, _logRatios, _actionValues, Target, Uncorrected]) buffer.Dispose();
        Steps.Dispose();
    }

    private void Fit(TensorBuffer targets) => Retrace.Targets(
        Steps.Rewards, _actionValues.Floats, Steps.NextValues, _traces, Steps.Terminated, Steps.Truncated, _options.Gamma, Steps.EnvironmentCount, targets.Floats);

    private TensorBuffer Matrix(int columns) => new(ElementType.Float32, Steps.Rows, columns);
}
