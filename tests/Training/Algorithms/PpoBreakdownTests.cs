using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>An environment that gives something that is no number stops the run, with the last good checkpoint kept.</summary>
public sealed class PpoBreakdownTests
{
    private static readonly (string, string)[] Small = [("total_steps", "4096"), ("environment_count", "4"), ("rollout_length", "32"), ("minibatch_size", "32"), ("hidden_sizes", "8")];

    [TestCase(float.NaN, false, "value targets")]
    [TestCase(float.PositiveInfinity, false, "value targets")]
    [TestCase(float.NaN, true, "observations")]
    public void Numbers_that_are_none_stop_the_run_and_the_message_names_them(float wrong, bool observed, string named)
    {
        // Wrong from step 200 of each environment on: in the rollout from 768 to 896. Checkpoints are written every tenth of the run, 409 steps.
        using var folder = new TemporaryFolder();
        MakeEnvironments make = (_, _, count) => new VectorEnvironment(() => new Breaking(200, wrong, observed), count, 10);
        NonFiniteLossException error = Assert.Throws<NonFiniteLossException>(() => Runs.Train(folder["run"], "ppo", "breaking", make: make, settings: Small))!;
        using ResolvedRun resolved = ResolvedRun.From(RunRequest.Read(RunFolder.ConfigIn(folder["run"])), AlgorithmRegistry.All, make);
        using var trainer = (OnPolicyTrainer)resolved.CreateTrainer(_ => { });
        long? steps = TrainingRun.LoadLatest(folder["run"], trainer, _ => { });
        string part = error.Message.Split(", ").First(p => p.Contains(named, StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.Contain("stopped at step 768").And.Contain("step 512").And.Contain("learning_rate"));
            Assert.That(part, Does.Contain("of 32 not finite").And.Not.Contain("(0 of"));
            Assert.That(steps, Is.EqualTo(512));
            Assert.That(trainer.Parameters.Values.ToArray(), Has.All.Matches<float>(float.IsFinite));
            Assert.That(File.Exists(folder["run/policy.onnx"]), Is.False);
        });
    }

    [Test]
    public void Without_clipping_of_the_gradient_it_stops_too()
    {
        using var folder = new TemporaryFolder();
        MakeEnvironments make = (_, _, count) => new VectorEnvironment(() => new Breaking(5, float.NaN, false), count, 10);
        Assert.That(
            () => Runs.Train(folder["run"], "ppo", "breaking", make: make, settings: [.. Small, ("max_gradient_norm", "none"), ("target_kl", "0.01"), ("normalize_advantages", "false")]),
            Throws.TypeOf<NonFiniteLossException>().With.Message.Contains("No checkpoint had been written yet"));
    }

    private sealed class Breaking(int after, float wrong, bool observed) : IEnvironment
    {
        private int _steps;

        public Space ObservationSpace { get; } = new Box(-1, 1, 1);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation) => observation[0] = 0;

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            bool breaks = ++_steps > after;
            observation[0] = breaks && observed ? wrong : 0.5f;
            return new StepResult(breaks && !observed ? wrong : 1);
        }
    }
}
