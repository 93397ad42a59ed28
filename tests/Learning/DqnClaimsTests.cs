using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.ToyText;

namespace Pipeline.Tests.Learning;

/// <summary>Parts of deep Q-learning do what their papers claim.</summary>
[Category("Learning")]
public sealed class DqnClaimsTests
{
    private const int Seeds = 5;

    [Test]
    public void Double_q_learning_overestimates_less()
    {
        double[] usual = Overestimates(QTarget.Max), less = Overestimates(QTarget.Double);
        TestContext.Out.WriteLine($"the first value, truly 0: max {Text(usual)}; double {Text(less)}");
        Assert.Multiple(() =>
        {
            Assert.That(usual, Is.All.GreaterThan(0.1), "the usual target overestimates with every seed");
            Assert.That(less.Average(), Is.LessThan(usual.Average() / 2));
        });
    }

    [Test]
    public void Prioritized_replay_learns_a_chain_in_fewer_updates()
    {
        double[] uniform = Updates(ReplayChoice.Uniform), prioritized = Updates(ReplayChoice.Prioritized);
        TestContext.Out.WriteLine($"updates until every state's right action has the larger value: uniform {Text(uniform)}; prioritized {Text(prioritized)}");
        Assert.That(Median(prioritized), Is.LessThan(Median(uniform) / 2));
    }

    /// <summary>The mean over the second half of training of the largest value of the first state, whose true value is 0.</summary>
    private static double[] Overestimates(QTarget target)
    {
        DqnOptions options = new()
        {
            Target = target, TotalSteps = 6000, BufferSize = 200, BatchSize = 32, LearningStarts = 200, TrainEvery = 4, GradientSteps = 4, LearningRate = 2e-3, Gamma = 1,
            TargetUpdateEvery = 400, HiddenSizes = [32], ExplorationFinal = 1,
        };
        return [.. Enumerable.Range(0, Seeds).Select(seed =>
        {
            using var trial = new QTrial(() => new NoisyDoors(), options, seed: (ulong)seed);
            trial.Iterate(750);
            var values = new List<double>();
            for (int i = 0; i < 15; i++) values.Add(trial.Iterate(50).Values(1, 0).Max());
            return values.Average();
        })];
    }

    /// <summary>The updates until the greedy policy is right in every state; all of the experience is random.</summary>
    private static double[] Updates(ReplayChoice replayed)
    {
        const int Length = 9, Most = 20_000;
        DqnOptions options = new()
        {
            Replayed = replayed, PriorityExponent = 1, TotalSteps = 1_000_000, BufferSize = 16_384, BatchSize = 32, LearningStarts = 16_000, TrainEvery = 1, GradientSteps = 1,
            LearningRate = 1e-3, Gamma = 0.9, TargetUpdate = TargetUpdate.Averaged, Tau = 0.01, HiddenSizes = [32], ExplorationInitial = 1, ExplorationFinal = 1,
        };
        float[] states = [.. Enumerable.Range(0, Length * Length).Select(i => i % (Length + 1) == 0 ? 1f : 0)];
        return [.. Enumerable.Range(0, Seeds).Select(seed =>
        {
            using var trial = new QTrial(() => new Chain(Length), options, seed: (ulong)seed);
            while (trial.Trainer.Updates < Most)
            {
                trial.Iterate(trial.Trainer.Updates == 0 ? 16_000 : 100);
                float[] values = trial.Values(states);
                if (Enumerable.Range(0, Length).All(s => values[(2 * s) + Chain.RightAction(s)] > values[(2 * s) + 1 - Chain.RightAction(s)])) break;
            }

            return (double)trial.Trainer.Updates;
        })];
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static string Text(double[] values) => string.Join(", ", values.Select(v => $"{v:0.###}"));

    /// <summary>Two steps: whatever is done first leads to eight doors, each with a reward of mean 0 and deviation 1. Every value is 0.</summary>
    private sealed class NoisyDoors : IEnvironment
    {
        private RandomGenerator? _random;
        private bool _isInside;

        public Space ObservationSpace { get; } = new Box(0, 1, 2);

        public Space ActionSpace { get; } = new Discrete(8);

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            (_random, _isInside) = (random, false);
            (observation[0], observation[1]) = (1, 0);
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            (observation[0], observation[1]) = (0, 1);
            if (_isInside) return new StepResult((float)_random!.NextGaussian(), Terminated: true);
            _isInside = true;
            return new StepResult(0);
        }
    }
}
