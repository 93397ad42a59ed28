using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Rollout;

/// <summary>What a rollout holds, against the same environments stepped again with the recorded actions.</summary>
public sealed class RolloutTests
{
    // So small a step leaves every parameter as it is: what the rollout holds can be compared with the networks after it.
    private static readonly PpoOptions Still = new()
    {
        EnvironmentCount = 3, RolloutLength = 16, MinibatchSize = 48, UpdateEpochs = 1, LearningRate = 1e-30, NormalizeAdvantages = false, HiddenSizes = [8], Gamma = 0.9, GaeLambda = 0.8,
    };

    [TestCase(3, 16)]
    [TestCase(1, 16)]
    [TestCase(4, 1)]
    public void Rows_are_time_major_and_hold_what_was_seen_before_each_action(int environmentCount, int length)
    {
        PpoOptions options = Still with { EnvironmentCount = environmentCount, RolloutLength = length, MinibatchSize = environmentCount * length };
        using var trial = new Trial(Make(environmentCount), options, seed: 9);
        using VectorEnvironment environments = Make(environmentCount);
        var step = new VectorStep(environments);
        environments.Reset(9, step);
        RolloutBuffer rollout = trial.Trainer.Rollout;
        for (int iteration = 0; iteration < 3; iteration++)
        {
            trial.Iterate();
            for (int t = 0; t < length; t++)
            {
                int first = t * environmentCount;
                Assert.That(rollout.Observations.Floats.Slice(first * 2, environmentCount * 2).ToArray(), Is.EqualTo(step.Observations), $"observations of step {t}");
                environments.Step(Actions(rollout, first), step);
                Assert.That(rollout.Rewards.AsSpan(first, environmentCount).ToArray(), Is.EqualTo(step.Rewards), $"rewards of step {t}");
                Assert.That(rollout.Terminated.AsSpan(first, environmentCount).ToArray(), Is.EqualTo(step.Terminated), $"terminated of step {t}");
                Assert.That(rollout.Truncated.AsSpan(first, environmentCount).ToArray(), Is.EqualTo(step.Truncated), $"truncated of step {t}");
            }

            Assert.That(rollout.LastObservations, Is.EqualTo(step.Observations));
        }
    }

    [Test]
    public void The_value_of_what_follows_is_that_of_the_observation_the_step_led_to()
    {
        using var trial = new Trial(Make(3), Still, seed: 4);
        using VectorEnvironment environments = Make(3);
        var step = new VectorStep(environments);
        environments.Reset(4, step);
        RolloutBuffer rollout = trial.Trainer.Rollout;
        int mostTruncated = 0;
        var seen = new HashSet<string>();
        for (int iteration = 0; iteration < 4; iteration++)
        {
            trial.Iterate();
            var reached = new List<float>();
            for (int t = 0; t < rollout.Length; t++)
            {
                environments.Step(Actions(rollout, t * 3), step);
                for (int i = 0; i < 3; i++) reached.AddRange((step.Terminated[i] || step.Truncated[i] ? step.FinalObservations : step.Observations).AsSpan(i * 2, 2));
            }

            float[] values = trial.Values([.. reached]);
            for (int row = 0; row < rollout.Rows; row++)
            {
                bool last = row >= rollout.Rows - 3;
                seen.Add($"{(rollout.Terminated[row] ? "terminated" : rollout.Truncated[row] ? "truncated" : "goes on")}{(last ? " at the end" : "")}");
                if (!rollout.Terminated[row]) Assert.That(rollout.NextValues[row], Is.EqualTo(values[row]).Within(1e-6), $"row {row}");
            }

            mostTruncated = Math.Max(mostTruncated, rollout.TruncatedCount);
            Assert.That(rollout.TruncatedRows.ToArray(), Is.EqualTo(Enumerable.Range(0, rollout.Rows).Where(r => rollout.Truncated[r] && !rollout.Terminated[r])));
        }

        Assert.Multiple(() =>
        {
            Assert.That(mostTruncated, Is.GreaterThan(3), "more truncations than environments in one rollout");
            Assert.That(seen, Is.SupersetOf(new[] { "terminated", "truncated", "goes on", "goes on at the end", "truncated at the end" }));
        });
    }

    [Test]
    public void Values_and_log_probabilities_are_those_of_the_networks_that_acted()
    {
        using var trial = new Trial(Make(3), Still, seed: 4);
        RolloutBuffer rollout = trial.Iterate().Trainer.Rollout;
        (float[] values, float[] logits) = trial.Evaluate(rollout.Observations.Floats.ToArray());
        Assert.That(rollout.Values.Floats.ToArray(), Is.EqualTo(values).Within(1e-6));
        for (int row = 0; row < rollout.Rows; row++)
        {
            double[] l = [logits[2 * row], logits[(2 * row) + 1]];
            int action = rollout.Actions.Floats[(2 * row) + 1] == 1 ? 1 : 0;
            Assert.That(rollout.LogProbabilities.Floats[row], Is.EqualTo(l[action] - Math.Log(Math.Exp(l[0]) + Math.Exp(l[1]))).Within(1e-5), $"row {row}");
        }
    }

    [Test]
    public void Advantages_stop_at_ends_and_bootstrap_at_truncations()
    {
        using var trial = new Trial(Make(3), Still, seed: 4);
        RolloutBuffer rollout = trial.Iterate().Trainer.Rollout;
        for (int row = 0; row < rollout.Rows; row++)
        {
            // The sum that the recursion stands for: Σ (γλ)ᵏ δₜ₊ₖ up to the end of the episode or of the rollout.
            double advantage = 0, weight = 1;
            for (int r = row; r < rollout.Rows; r += 3)
            {
                double next = rollout.Terminated[r] ? 0 : rollout.NextValues[r];
                advantage += weight * (rollout.Rewards[r] + (0.9 * next) - rollout.Values.Floats[r]);
                weight *= 0.9 * 0.8;
                if (rollout.Terminated[r] || rollout.Truncated[r]) break;
            }

            Assert.That(rollout.Advantages.Floats[row], Is.EqualTo(advantage).Within(1e-4), $"row {row}");
            Assert.That(rollout.ValueTargets.Floats[row], Is.EqualTo(advantage + rollout.Values.Floats[row]).Within(1e-4), $"row {row}");
        }
    }

    [Test]
    public void Observations_are_normalised_by_the_moments_of_all_that_were_seen()
    {
        using var trial = new Trial(Make(3), Still with { NormalizeObservations = true }, seed: 4);
        RolloutBuffer rollout = trial.Trainer.Rollout;
        using VectorEnvironment environments = Make(3);
        var step = new VectorStep(environments);
        environments.Reset(4, step);

        // The first observations are taken in at once, so that the first rollout is normalised too, and again as part of it.
        List<float[]> seen = [.. step.Observations.Chunk(2)];
        for (int i = 0; i < 4; i++) seen.AddRange(trial.Iterate().Trainer.Rollout.Observations.Floats.ToArray().Chunk(2));
        Assert.That(seen, Has.Count.EqualTo(3 + (4 * 48)));
        for (int c = 0; c < 2; c++)
        {
            double mean = seen.Average(o => o[c]), variance = seen.Average(o => Math.Pow(o[c] - mean, 2));
            Assert.That(trial.Trainer.Statistics.Mean.Floats[c], Is.EqualTo(mean).Within(1e-5));
            Assert.That(trial.Trainer.Statistics.Scale.Floats[c], Is.EqualTo(1 / Math.Sqrt(variance)).Within(1e-4));
        }
    }

    [Test]
    public void Collecting_again_forgets_the_truncations_before()
    {
        using var trial = new Trial(Make(3), Still, seed: 4);
        RolloutBuffer rollout = trial.Trainer.Rollout;
        for (int i = 0; i < 5; i++)
        {
            trial.Iterate();
            Assert.That(rollout.TruncatedCount, Is.EqualTo(rollout.Truncated.Zip(rollout.Terminated, (a, b) => a && !b).Count(x => x)));
        }
    }

    private static VectorEnvironment Make(int count) => new(() => new Uneven(), count, 5);

    // Actions are recorded one-hot.
    private static float[] Actions(RolloutBuffer rollout, int firstRow) =>
        [.. Enumerable.Range(firstRow, rollout.EnvironmentCount).Select(row => rollout.Actions.Floats[(2 * row) + 1])];

    /// <summary>
    /// Episodes of a drawn length of 1 to 5 that terminate or truncate, or run into the limit of 5 by both or by it alone. Shows a number drawn
    /// for the episode and the time; the reward depends on both and the action.
    /// </summary>
    private sealed class Uneven : IEnvironment
    {
        private int _length;
        private int _time;
        private bool _terminates;
        private float _mark;

        public Space ObservationSpace { get; } = new Box(-1, 6, 2);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            _length = 1 + random.NextInt32(6);
            _terminates = random.NextInt32(3) == 0;
            _mark = (float)random.NextDouble(-1, 1);
            _time = 0;
            (observation[0], observation[1]) = (_mark, 0);
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            _time++;
            (observation[0], observation[1]) = (_mark, _time);
            bool ended = _time == _length;
            return new StepResult(_mark + _time + action[0], ended && _terminates, ended && !_terminates);
        }
    }
}
