using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// Learns features for <see cref="LinearValues"/>: a network Q(s, a) is trained on the targets r + γ·E over a′ of π of Q̄(s′, a′), Q̄ being the average of its
/// past, and what its last hidden layer says, with a 1 beside it, are the features. Its own last layer is then of no more use: it is solved for instead of
/// approached (Levine et al., "Shallow updates for deep reinforcement learning", arXiv:1705.07461).
/// </summary>
internal sealed class FeatureNetwork : IDisposable
{
    private const int BatchSize = 256;
    private const int PassRows = 1024;
    private const double LearningRate = 1e-3;
    private const double Tau = 0.01;

    // Features of a far horizon differ little; this one is learned soon.
    private const double LargestGamma = 0.99;
    private const int LeastSteps = 5000;
    private readonly LoggedDataset _data;
    private readonly TargetView _view;
    private readonly LoggedOptions _options;
    private readonly ParameterSet _set = new();
    private readonly ObservationEncoder _encoder;
    private readonly ObservationStatistics _statistics;
    private readonly Mlp _layers;
    private readonly StateVector _parameters;
    private readonly StateVector _averages;
    private readonly RandomGenerator _random;
    private readonly double _gamma;

    private FeatureNetwork(LoggedDataset data, TargetView view, LoggedOptions options)
    {
        (_data, _view, _options, _random) = (data, view, options, new RandomGenerator(options.Seed, ulong.MaxValue));
        _encoder = new ObservationEncoder(data.ObservationSpace, normalizes: true);
        _statistics = new ObservationStatistics(data.ObservationSpace.Size);
        _statistics.Update(data.Observations());
        _layers = Mlp.WithFanIn(_set, "q", _encoder.Size + view.EncodedSize, options.HiddenSizes, 1, Activation.Tanh);
        _parameters = _set.Start("parameters", _random);
        _averages = _set.MakeVector("averages");
        _parameters.Values.CopyTo(_averages.Values);
        _gamma = Math.Min(options.Discount, LargestGamma);
    }

    /// <summary>d, the last hidden layer and a 1.</summary>
    private int Width => _options.HiddenSizes[^1] + 1;

    /// <summary>Learns and applies the features.</summary>
    public static LinearValues Fit(LoggedDataset data, TargetView view, LoggedOptions options, CancellationToken stop)
    {
        using var network = new FeatureNetwork(data, view, options);
        network.Learn(stop);
        (float[] taken, float[] expected) = network.Features();
        return new LinearValues(data, view, taken, expected, network.Width);
    }

    /// <summary>
    /// How many gradient steps it learns for. The average takes 1/τ of them to follow the network, and what is earned h steps later arrives after h such times: twice
    /// that many are made. With fewer the features do not tell far values apart, and the rounds of regression over a long episode multiply what they miss.
    /// </summary>
    /// <param name="options">How data is evaluated.</param>
    /// <param name="longestEpisode">Steps of the longest episode.</param>
    internal static int StepsOf(LoggedOptions options, int longestEpisode)
    {
        double horizon = 1 / (1 - Math.Min(options.Discount, LargestGamma));
        if (options.CutEpisodes == CutEpisodes.Stop) horizon = Math.Min(horizon, longestEpisode);
        return options.NetworkSteps ?? Math.Max(LeastSteps, (int)Math.Round(2 * horizon / Tau));
    }

    public void Dispose()
    {
        _averages.Dispose();
        _parameters.Dispose();
        _statistics.Dispose();
    }

    private void Learn(CancellationToken stop)
    {
        int[] steps = [.. Enumerable.Range(0, _data.Steps).Where(step => _view.Next[step] != TargetView.Unknown)];
        if (steps.Length == 0) return;
        int observed = _data.ObservationSpace.Size, m = _view.Candidates, encoded = _view.EncodedSize;
        using TensorBuffer observations = Rows(BatchSize, observed), actions = Rows(BatchSize, encoded), nexts = Rows(BatchSize * m, observed);
        using TensorBuffer candidates = Rows(BatchSize * m, encoded), weights = Rows(BatchSize, m), rewards = Rows(BatchSize, 1);
        using var step = new LearningStep(ExecutionDevice.Cpu, "features", _set, _parameters, new Adam(), maximumNorm: 10, (build, scope, _) =>
        {
            var past = new ParameterScope(build.Graph, "averages.");
            Tensor value = Q(scope, build.Add("observation", observations), build.Add("action", actions))[^1].Output;
            Tensor next = Q(past, build.Add("next_observation", nexts), build.Add("candidate", candidates))[^1].Output;
            // A step after which nothing counts has weights of 0.
            Tensor expected = Op.Sum(Op.Reshape(next, [BatchSize, m]) * build.Add("weight", weights), [1], keepDimensions: true);
            build.AddStatistics(_encoder, _statistics);
            build.AddParameters(past, _averages);
            return ValueLosses.SquaredError(value, build.Add("reward", rewards) + (expected * _gamma));
        });
        double scale = RewardScale();
        int gradientSteps = StepsOf(_options, _data.LongestEpisode);
        for (int k = 0; k < gradientSteps; k++)
        {
            stop.ThrowIfCancellationRequested();
            weights.Floats.Clear();
            for (int row = 0; row < BatchSize; row++)
            {
                int chosen = steps[_random.NextInt32(steps.Length)], next = _view.Next[chosen];
                Observation(chosen).CopyTo(observations.Floats[(row * observed)..]);
                _view.Encode(_view.Actions.AsSpan(chosen * _data.ActionSpace.Size, _data.ActionSpace.Size), actions.Floats.Slice(row * encoded, encoded));
                rewards.Floats[row] = (float)(_view.Rewards[chosen] * scale);
                for (int j = 0; j < m && next >= 0; j++)
                {
                    Observation(next).CopyTo(nexts.Floats[(((row * m) + j) * observed)..]);
                    Candidate(next, j, candidates.Floats.Slice(((row * m) + j) * encoded, encoded));
                    weights.Floats[(row * m) + j] = (float)_view.Weights[(next * m) + j];
                }
            }

            step.Run(LearningRate);
            Polyak.Average(_averages.Values, _parameters.Values, Tau);
        }
    }

    private (float[] Taken, float[] Expected) Features()
    {
        int observed = _data.ObservationSpace.Size, m = _view.Candidates, encoded = _view.EncodedSize, acted = _data.ActionSpace.Size;
        using TensorBuffer observations = Rows(PassRows, observed), actions = Rows(PassRows, encoded), features = Rows(PassRows, Width - 1);
        var build = new FunctionBuilder(new Graph());
        var scope = new ParameterScope(build.Graph);
        build.Output("features", Q(scope, build.Add("observation", observations), build.Add("action", actions))[^1].Input, features);
        build.AddStatistics(_encoder, _statistics);
        build.AddParameters(scope, _parameters);
        (CompiledFunction function, BoundCall call) = build.Compile(ExecutionDevice.Cpu, "features");
        using (function)
        using (call)
        {
            float[] Pass(int count, Func<int, int> point, Action<int, Span<float>> action)
            {
                float[] all = new float[count * (Width - 1)];
                for (int start = 0; start < count; start += PassRows)
                {
                    int rows = Math.Min(PassRows, count - start);
                    for (int row = 0; row < rows; row++)
                    {
                        Observation(point(start + row)).CopyTo(observations.Floats[(row * observed)..]);
                        action(start + row, actions.Floats.Slice(row * encoded, encoded));
                    }

                    call.Run();
                    features.Floats[..(rows * (Width - 1))].CopyTo(all.AsSpan(start * (Width - 1)));
                }

                return all;
            }

            float[] taken = Pass(_data.Steps, step => step, (step, to) => _view.Encode(_view.Actions.AsSpan(step * acted, acted), to));
            float[] each = Pass(_view.PointCount * m, row => row / m, (row, to) => Candidate(row / m, row % m, to));
            return (WithOne(taken, 1, null), WithOne(each, m, _view.Weights));
        }
    }

    // The weighted mean of each m rows, and a 1.
    private float[] WithOne(float[] rows, int m, double[]? weights)
    {
        int width = Width, count = rows.Length / (width - 1) / m;
        float[] mean = new float[count * width];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < m; j++)
            {
                double weight = weights?[(i * m) + j] ?? 1;
                for (int k = 0; k < width - 1; k++) mean[(i * width) + k] += (float)(weight * rows[(((i * m) + j) * (width - 1)) + k]);
            }

            mean[(i * width) + width - 1] = 1;
        }

        return mean;
    }

    private IReadOnlyList<LinearTrace> Q(ParameterScope scope, Tensor observation, Tensor action) =>
        _layers.Trace(scope, Op.Concat([_encoder.Encode(observation), action], 1));

    private ReadOnlySpan<float> Observation(int point) => _view.Observations.AsSpan(point * _data.ObservationSpace.Size, _data.ObservationSpace.Size);

    private void Candidate(int point, int j, Span<float> encoded) =>
        _view.Encode(_view.CandidateActions.AsSpan(((point * _view.Candidates) + j) * _data.ActionSpace.Size, _data.ActionSpace.Size), encoded);

    // Values of about 1 whatever the rewards are.
    private double RewardScale()
    {
        double[] returns = _data.Returns(_gamma);
        double largest = returns.Max(Math.Abs);
        return largest > 0 ? 1 / largest : 1;
    }

    private static TensorBuffer Rows(int rows, int width) => new(ElementType.Float32, rows, width);
}
