using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Runtime;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Hybrid;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

/// <summary>Logged data of hybrid actions: recorded from a policy of Docking, and looked at by that policy and by others.</summary>
public sealed class HybridDataTests
{
    private const int StepLimit = 8;
    private static readonly LoggedOptions _quick = new() { Resamples = 100, NetworkSteps = 300, HiddenSizes = [16, 8] };
    private TemporaryFolder _folder = null!;

    private string Model => _folder["docking/policy.onnx"];

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        Runs.Train(_folder["docking"], "ppo", "Docking-v0", seed: 1, settings: [("total_steps", "4096"), ("hidden_sizes", "16")]);
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void The_policy_that_acted_is_worth_what_was_logged()
    {
        LoggedReport report = Evaluate(Record(200, 3, 1), new ActingRule(1), _quick);
        Assert.That(report.Warnings, Is.Empty);
        Assert.That(report.Estimates.Select(e => e.Method), Is.EqualTo(LoggedOptions.AllMethods));
        foreach (LoggedEstimate estimate in report.Estimates)
        {
            double allowed = estimate.Method.EndsWith("is", StringComparison.Ordinal) ? 1e-4 : 5 * estimate.Interval!.StandardError;
            Assert.That(estimate.Value, Is.EqualTo(report.LoggedReturn).Within(allowed), estimate.Method);
            Assert.That(estimate.EffectiveSampleSize, Is.EqualTo(200).Within(0.01), estimate.Method);
        }
    }

    [TestCase(0.8, 0)]
    [TestCase(1.1, 0.05)]
    public void A_policy_that_acts_otherwise_is_worth_what_it_earns_when_played(double temperature, double epsilon)
    {
        var rule = new ActingRule(temperature, epsilon);
        LoggedReport played = Evaluate(Record(4000, 11, temperature, epsilon), rule, _quick with { Methods = ["is"] });
        double truth = played.LoggedReturn, error = played.LoggedInterval!.StandardError;
        LoggedReport report = Evaluate(Record(1500, 4, 1, 0.2), rule, _quick);
        Assert.That(report.Estimates.Select(e => e.EffectiveSampleSize), Has.All.LessThan(1501).And.All.GreaterThan(100));
        foreach (LoggedEstimate estimate in report.Estimates)
        {
            // What the features of a few steps of learning cannot say is no part of fqe's error.
            double deviation = Math.Sqrt((error * error) + Math.Pow(estimate.Interval!.StandardError, 2)), features = estimate.Method == "fqe" ? 0.15 : 0;
            Assert.That(estimate.Value, Is.EqualTo(truth).Within((4 * deviation) + features), $"{estimate.Method}, error {deviation}");
        }
    }

    [Test]
    public void Of_deterministic_hybrid_actions_there_are_fitted_values_alone()
    {
        LoggedReport report = Evaluate(Record(100, 5, 1), ActingRule.Deterministic, _quick with { Methods = ["wis", "fqe"] });
        Assert.That(report.Estimates[0].Problem, Does.Contain("--stochastic"));
        Assert.That(report.Estimates[1].Value, Is.Not.Null);
        Assert.That(() => Record(1, 5, 0), Throws.TypeOf<NotSupportedException>().With.Message.Contains("no density"));
    }

    [Test]
    public void A_choice_that_the_data_never_has_is_told_with_its_part()
    {
        // Nowhere can it dock within two steps; without the masks the policy takes it to be allowed.
        LoggedStep[] steps = [.. Steps(60, 6, new ActingRule(1), limit: 2).Select(step => step with { ActionMask = null })];
        Assert.That(steps.Select(step => step.Action[0]), Has.None.EqualTo(2f), "what is tested");
        LoggedReport report = Evaluate(Dataset(steps), new ActingRule(1), _quick with { Methods = ["wis"] });
        Assert.That(report.Warnings, Has.Some.Contains("Coverage fails").And.Contains("choice 2 of manoeuvre"));
    }

    [Test]
    public void What_the_file_does_not_tell_is_asked_for_with_its_part()
    {
        var actions = new Dict(("tool", new Discrete(2)), ("aim", new Box(0, 10, 1)));
        OnnxSketch model = new OnnxSketch()
            .Input("observation", OnnxSketch.Float32, "batch", 2)
            .Node("Identity", "observation", "action").Node("Identity", "observation", "logits.tool")
            .Output("action", OnnxSketch.Float32, "batch", 2).Output("logits.tool", OnnxSketch.Float32, "batch", 2);
        var observations = new Box(0, 1, 2);
        var manifest = new PolicyManifest(
            observations, actions, NativeProfile.Observations(observations), [NativeProfile.Action(actions), new TensorSpec("logits.tool", TensorElement.Float32, [TensorSpec.Batch, 2], TensorRole.Logits)])
        {
            Algorithm = "sketch",
            Environment = "Sketch-v0",
        };
        File.WriteAllBytes(_folder["sketch.onnx"], model.Metadata(PolicyManifest.MetadataKey, manifest.ToJson()).Build());
        using ActingPolicy policy = ActingPolicy.Load(_folder["sketch.onnx"], ActingRule.Deterministic);
        Assert.That(policy.HasProbabilities, Is.False);
        Assert.That(() => ActingPolicy.Load(_folder["sketch.onnx"], new ActingRule(1)), Throws.TypeOf<NotSupportedException>().With.Message.Contains("part 'aim'").And.Message.Contains("log_std"));
        Assert.That(() => ActingPolicy.Load(_folder["sketch.onnx"], new ActingRule(0, 0.1)), Throws.TypeOf<NotSupportedException>().With.Message.Contains("part 'aim'").And.Message.Contains("temperature above 0"));
    }

    [Test]
    public void The_probability_is_the_product_of_the_parts_and_uniform_ones_are_uniform_in_all()
    {
        HybridRows rows = Rows(new ActingRule(1, 0.3));
        // −1 to 1 is 0 to 10: mean 0.2 and deviation 0.5 are mean 6 and deviation 2.5 there.
        double own = 0.6 * Math.Exp(-0.5 * 0.16) / (2.5 * Math.Sqrt(2 * Math.PI)), uniform = 0.5 * 0.1;
        Assert.That(rows.Probability(0, [0, 7]), Is.EqualTo((0.7 * own) + (0.3 * uniform)).Within(1e-6));
        const int pieces = 20_000;
        double inside = Enumerable.Range(0, 2 * pieces).Sum(i => rows.Probability(0, [i % 2, 10f * ((i / 2) + 0.5f) / pieces])) * 10 / pieces;
        double onBounds = new float[] { 0, 1 }.Sum(tool => rows.Probability(0, [tool, 0]) + rows.Probability(0, [tool, 10]));
        Assert.That(inside + onBounds, Is.EqualTo(1).Within(2e-3));
    }

    [Test]
    public void Drawn_actions_follow_their_probability()
    {
        HybridRows rows = Rows(new ActingRule(1, 0.3));
        var random = new RandomGenerator(8);
        float[] action = new float[2];
        int both = 0;
        const int draws = 40_000;
        for (int i = 0; i < draws; i++)
        {
            rows.Draw(0, random, action);
            both += action[0] == 1 && action[1] < 6 ? 1 : 0;
        }

        // Below the mean is one half of the policy's own numbers and 0.6 of uniform ones; five deviations are at most 0.0125.
        Assert.That((double)both / draws, Is.EqualTo((0.7 * 0.4 * 0.5) + (0.3 * 0.5 * 0.6)).Within(0.0125));
    }

    private static HybridRows Rows(ActingRule rule) => new(
        rule,
        [
            new ChoiceRows([2], rule, [0], [MathF.Log(0.6f), MathF.Log(0.4f)], []),
            new RealRows(new Box(0, 10, 1), rule, [6], [0.2f], [MathF.Log(0.5f)], squashed: false),
        ],
        [1, 1]);

    private LoggedStep[] Steps(int episodes, ulong seed, ActingRule rule, int limit = StepLimit)
    {
        using var environments = new VectorEnvironment(() => new Docking(), 16, limit);
        using ActingPolicy policy = ActingPolicy.Load(Model, rule);
        return [.. Recorder.Record(environments, policy, episodes, seed)];
    }

    private LoggedDataset Record(int episodes, ulong seed, double temperature, double epsilon = 0) => Dataset(Steps(episodes, seed, new ActingRule(temperature, epsilon)));

    private static LoggedDataset Dataset(IEnumerable<LoggedStep> steps)
    {
        var docking = new Docking();
        return LoggedDataset.From(steps, "recorded", docking.ObservationSpace, docking.ActionSpace);
    }

    private LoggedReport Evaluate(LoggedDataset data, ActingRule rule, LoggedOptions options)
    {
        using ActingPolicy policy = ActingPolicy.Load(Model, rule);
        return LoggedEvaluation.Evaluate(data, policy, options);
    }
}
