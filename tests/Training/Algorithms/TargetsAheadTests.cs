using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Targets of a whole round, computed at once, change nothing that is learned.</summary>
public sealed class TargetsAheadTests
{
    private const int Updates = 21;

    private static QLearningOptions Options(string algorithm) => QTrial.Quick(algorithm) with { GradientSteps = Updates, TargetUpdateEvery = 100 };

    [Test]
    public void A_round_learns_the_same_bits_as_updates_in_turn([Values("dqn", "c51", "qr-dqn")] string algorithm, [Values("CartPole-v1", "Taxi-v4")] string environment)
    {
        QLearningOptions options = Options(algorithm);
        using var collected = new QTrial(new EnvironmentRegistry().MakeVector(environment, options.EnvironmentCount), options with { LearningStarts = 1_000_000 });
        collected.TrainTo(400);
        float[] expected = Learned(collected, options, threads: 1, inTurn: true);
        Assert.That(Learned(collected, options, threads: 1, inTurn: false), Is.EqualTo(expected), "one thread");
        Assert.That(Learned(collected, options, threads: 2, inTurn: false), Is.EqualTo(expected), "two threads");
        Assert.That(expected, Is.Not.EqualTo(Learned(collected, options with { LearningRate = 1e-4 }, threads: 1, inTurn: true)), "something is learned");
    }

    [Test]
    public void So_does_a_round_of_wide_layers_that_are_shared_out([Values("dqn", "c51", "qr-dqn")] string algorithm)
    {
        QLearningOptions options = Options(algorithm) with { HiddenSizes = [256, 256], BatchSize = 64, MaxGradientNorm = 10 };
        using var collected = new QTrial(new EnvironmentRegistry().MakeVector("CartPole-v1", options.EnvironmentCount), options with { LearningStarts = 1_000_000 });
        Assert.That(((QLearner)collected.Trainer.Algorithm).SharesLayersOut);
        collected.TrainTo(400);
        float[] expected = Learned(collected, options, threads: 1, inTurn: true);
        Assert.That(Learned(collected, options, threads: 1, inTurn: false), Is.EqualTo(expected), "one thread");
        Assert.That(Learned(collected, options, threads: 2, inTurn: false), Is.EqualTo(expected), "two threads");
    }

    [Test]
    public void A_transition_whose_goal_is_replaced_has_a_target_each_time()
    {
        QLearningOptions options = Options("dqn") with { Hindsight = HindsightStrategy.Future };
        using var collected = new QTrial(new EnvironmentRegistry().MakeVector("BitFlip-v0", options.EnvironmentCount), options with { LearningStarts = 1_000_000 });
        collected.TrainTo(400);
        Assert.That(collected.Trainer.Replay.RepeatsTransitions, Is.False);
        Assert.That(Learned(collected, options, threads: 2, inTurn: false), Is.EqualTo(Learned(collected, options, threads: 1, inTurn: true)));
    }

    [Test]
    public void It_is_for_rounds_whose_targets_stand_still()
    {
        bool IsUsed(string algorithm, QLearningOptions options)
        {
            using var trial = new QTrial(new EnvironmentRegistry().MakeVector("CartPole-v1", options.EnvironmentCount), options);
            return ((QLearner)trial.Trainer.Algorithm).ComputesAhead;
        }

        foreach (string algorithm in new[] { "dqn", "c51", "qr-dqn" })
        {
            QLearningOptions options = Options(algorithm);
            Assert.That(IsUsed(algorithm, options), algorithm);
            Assert.That(IsUsed(algorithm, options with { GradientSteps = 7 }), Is.False, $"{algorithm}, short rounds");
            Assert.That(IsUsed(algorithm, options with { Target = QTarget.Double }), Is.False, $"{algorithm}, double");
            Assert.That(IsUsed(algorithm, options with { Replayed = ReplayChoice.Prioritized }), Is.False, $"{algorithm}, prioritized");
            Assert.That(IsUsed(algorithm, options with { TargetUpdate = TargetUpdate.Averaged }), Is.False, $"{algorithm}, averaged target");
        }

        Assert.That(IsUsed("iqn", Options("iqn")), Is.False, "iqn draws fractions");
    }

    private static float[] Learned(QTrial collected, QLearningOptions options, int threads, bool inTurn)
    {
        ReplayBuffer replay = collected.Trainer.Replay;
        using var batch = new ReplayBatch(replay, options.BatchSize);
        using var statistics = new ObservationStatistics(replay.ObservationSpace.Size);
        var device = ExecutionDevice.Choose("cpu", _ => { }, threads);
        var context = new LearningContext(device, replay.ObservationSpace, replay.ActionSpace, replay.Masked, statistics, batch, new RandomGenerator(1));
        using IOffPolicyAlgorithm algorithm = options switch
        {
            DqnOptions dqn => Dqn.Create(context, dqn),
            C51Options c51 => C51.Create(context, c51),
            _ => QrDqn.Create(context, (QrDqnOptions)options),
        };
        RandomGenerator sampling = new(2), updates = new(3);
        for (int i = 0; i < 5; i++)
        {
            var round = new LearningRound(Updates, new UpdateContext(80 * i, 0.5, updates), replay, sampling, batch);
            if (inTurn) round.LearnInTurn(algorithm);
            else algorithm.Learn(round);
        }

        Assert.That(algorithm.Updates, Is.EqualTo(5 * Updates));
        return [.. algorithm.State.SelectMany(s => s.Value.Values.ToArray())];
    }
}
