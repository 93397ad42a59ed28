using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Runtime;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

/// <summary>A small task whose true values are known by dynamic programming, and policies for it as files.</summary>
internal sealed class TableTask
{
    public const int States = 4;
    public const int Actions = 2;
    public const int Limit = 6;
    public static readonly double[] Behaviour = [0.5, 0.5, 0.4, 0.6, 0.6, 0.4, 0.5, 0.5];
    public static readonly double[] Target = [0.7, 0.3, 0.35, 0.65, 0.5, 0.5, 0.3, 0.7];

    // Of state s and action a: where it leads, and how likely it ends the episode there.
    private static readonly double[,] _moves =
    {
        { 0.1, 0.6, 0.2, 0.1 }, { 0.3, 0.1, 0.1, 0.5 }, { 0.2, 0.2, 0.5, 0.1 }, { 0.1, 0.3, 0.2, 0.4 },
        { 0.5, 0.1, 0.1, 0.3 }, { 0.2, 0.4, 0.3, 0.1 }, { 0.1, 0.1, 0.1, 0.7 }, { 0.4, 0.3, 0.2, 0.1 },
    };

    private static readonly double[] _ends = [0.02, 0.05, 0.1, 0.02, 0.05, 0.15, 0.02, 0.1];
    private static readonly double[] _rewards = [1, 0, -0.5, 2, 0.5, 1, 0, 1.5];

    public static Space ObservationSpace { get; } = new Discrete(States);

    public static Space ActionSpace { get; } = new Discrete(Actions);

    /// <summary>Eπ of Σ γᵗ·rₜ over at most a number of steps; rewards have the mean of their pair.</summary>
    public static double TrueReturn(double[] policy, double gamma, int steps)
    {
        double[] value = new double[States];
        for (int k = 0; k < steps; k++)
        {
            double[] next = new double[States];
            for (int pair = 0; pair < States * Actions; pair++)
            {
                double expected = 0;
                for (int to = 0; to < States; to++) expected += _moves[pair, to] * value[to];
                next[pair / Actions] += policy[pair] * (_rewards[pair] + (gamma * (1 - _ends[pair]) * expected));
            }

            value = next;
        }

        return value.Average();
    }

    /// <summary>Episodes of the behaviour policy, from a state that is as likely as any other.</summary>
    public static LoggedDataset Play(int episodes, ulong seed, double[]? behaviour = null) =>
        LoggedDataset.From(Steps(episodes, new RandomGenerator(seed), behaviour ?? Behaviour), "played", ObservationSpace, ActionSpace);

    public static IEnumerable<LoggedStep> Steps(int episodes, RandomGenerator random, double[] behaviour)
    {
        for (int episode = 0; episode < episodes; episode++)
        {
            int state = random.NextInt32(States);
            bool over = false;
            for (int t = 0; t < Limit && !over; t++)
            {
                int action = random.NextDouble() < behaviour[state * Actions] ? 0 : 1, pair = (state * Actions) + action;
                float reward = (float)(_rewards[pair] + random.NextGaussian());
                over = random.NextDouble() < _ends[pair];
                double at = random.NextDouble();
                int next = 0;
                while (next < States - 1 && (at -= _moves[pair, next]) >= 0) next++;
                bool cut = !over && t == Limit - 1;
                yield return new LoggedStep([state], [action], reward, over, cut, behaviour[pair])
                {
                    Episode = $"{episode}",
                    FinalObservation = cut ? [next] : null,
                };
                state = next;
            }
        }
    }

    /// <summary>A policy's file: logits that are looked up by the state.</summary>
    public static string Write(TemporaryFolder folder, string name, double[] probabilities)
    {
        var observations = new Discrete(probabilities.Length / Actions);
        OnnxSketch model = new OnnxSketch()
            .Input("observation", OnnxSketch.Float32, "batch", 1)
            .Floats("table", [observations.N, Actions], [.. probabilities.Select(p => (float)Math.Log(p))]).Floats("states", [observations.N], [.. Enumerable.Range(0, observations.N).Select(n => (float)n)])
            .Node("Equal", "observation states", "is").Node("Cast", "is", "state", ("to", OnnxSketch.Float32))
            .Node("MatMul", "state table", "logits").Node("ArgMax", "logits", "action", ("axis", 1), ("keepdims", 0))
            .Output("action", OnnxSketch.Int64, "batch").Output("logits", OnnxSketch.Float32, "batch", Actions);
        var manifest = new PolicyManifest(
            observations,
            ActionSpace,
            NativeProfile.Observations(observations),
            [NativeProfile.Action(ActionSpace), new TensorSpec("logits", TensorElement.Float32, [TensorSpec.Batch, Actions], TensorRole.Logits)])
        {
            Algorithm = "sketch",
            Environment = "Sketch-v0",
        };
        string path = folder[name];
        File.WriteAllBytes(path, model.Metadata(PolicyManifest.MetadataKey, manifest.ToJson()).Build());
        return path;
    }
}
