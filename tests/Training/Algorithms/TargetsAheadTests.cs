using System;
using System.Linq;
using System.Threading;
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

    private static QLearningOptions Options(string algorithm) => QTrial.Quick(algorithm) with { TrainEvery = 80, GradientSteps = Updates, TargetUpdateEvery = 100 };

    [Test]
    public void A_round_learns_the_same_bits_as_updates_in_turn([Values("dqn", "c51", "qr-dqn")] string algorithm, [Values("CartPole-v1", "Taxi-v4")] string environment)
    {
        QLearningOptions options = Options(algorithm);
        float[] expected = Learned(environment, options, threads: 1, inTurn: true);
        Assert.That(Learned(environment, options, threads: 1, inTurn: false), Is.EqualTo(expected), "one thread");
        Assert.That(Learned(environment, options, threads: 2, inTurn: false), Is.EqualTo(expected), "two threads");
        Assert.That(expected, Is.Not.EqualTo(Learned(environment, options with { LearningRate = 1e-4 }, threads: 1, inTurn: true)), "something is learned");
    }

    [Test]
    public void So_does_a_round_of_wide_layers_that_are_shared_out([Values("dqn", "c51", "qr-dqn")] string algorithm)
    {
        QLearningOptions options = Options(algorithm) with { HiddenSizes = [256, 256], BatchSize = 64, MaxGradientNorm = 10 };
        using var trial = new QTrial(new EnvironmentRegistry().MakeVector("CartPole-v1", options.EnvironmentCount), options);
        Assert.That(((QLearner)trial.Trainer.Algorithm).SharesLayersOut);
        float[] expected = Learned("CartPole-v1", options, threads: 1, inTurn: true);
        Assert.That(Learned("CartPole-v1", options, threads: 1, inTurn: false), Is.EqualTo(expected), "one thread");
        Assert.That(Learned("CartPole-v1", options, threads: 2, inTurn: false), Is.EqualTo(expected), "two threads");
    }

    [Test]
    public void What_other_threads_foresaw_changes_nothing([Values(4000, 300)] int bufferSize, [Values(1, 3)] int nStep)
    {
        QLearningOptions options = Options("dqn") with { BufferSize = bufferSize, NStep = nStep };
        float[] expected = Learned("CartPole-v1", options, threads: 1, inTurn: true);
        int foreseen = 0;
        for (int attempt = 0; attempt < 100 && foreseen == 0; attempt++)
        {
            // Other tests may have the helping threads.
            Assert.That(Learned("CartPole-v1", options, threads: 2, inTurn: false, algorithm => foreseen += Foreseen(algorithm, patience: 10)), Is.EqualTo(expected));
        }

        Assert.That(foreseen, Is.Positive);
    }

    [Test]
    public void Nothing_is_foreseen_while_what_observations_are_normalised_by_changes()
    {
        QLearningOptions options = Options("dqn") with { NormalizeObservations = true };
        float[] expected = Learned("CartPole-v1", options, threads: 1, inTurn: true);
        int foreseen = 0;
        Assert.That(Learned("CartPole-v1", options, threads: 2, inTurn: false, algorithm => foreseen += Foreseen(algorithm, patience: 1)), Is.EqualTo(expected));
        Assert.That(foreseen, Is.Zero);
    }

    [Test]
    public void A_transition_whose_goal_is_replaced_has_a_target_each_time()
    {
        QLearningOptions options = Options("dqn") with { Hindsight = HindsightStrategy.Future };
        using var trial = new QTrial(new EnvironmentRegistry().MakeVector("BitFlip-v0", options.EnvironmentCount), options);
        Assert.That(trial.Trainer.Replay.RepeatsTransitions, Is.False);
        int foreseen = 0;
        float[] learned = Learned("BitFlip-v0", options, threads: 2, inTurn: false, algorithm => foreseen += Foreseen(algorithm, patience: 1));
        Assert.That(learned, Is.EqualTo(Learned("BitFlip-v0", options, threads: 1, inTurn: true)));
        Assert.That(foreseen, Is.Zero);
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

    // Waits in vain where nothing can be foreseen.
    private static int Foreseen(QLearner algorithm, int patience)
    {
        for (int i = 0; i < patience && algorithm.Foreseen == 0; i++) Thread.Sleep(1);
        return algorithm.Foreseen;
    }

    private static float[] Learned(string environment, QLearningOptions options, int threads, bool inTurn, Action<QLearner>? collecting = null)
    {
        using var collected = new QTrial(new EnvironmentRegistry().MakeVector(environment, options.EnvironmentCount), options with { LearningStarts = 1_000_000 });
        collected.TrainTo(400);
        ReplayBuffer replay = collected.Trainer.Replay;
        using var batch = new ReplayBatch(replay, options.BatchSize);
        using var statistics = new ObservationStatistics(replay.ObservationSpace.Size);
        var device = ExecutionDevice.Choose("cpu", _ => { }, threads);
        var context = new LearningContext(device, replay.ObservationSpace, replay.ActionSpace, replay.Masked, statistics, batch, new RandomGenerator(1));
        using var algorithm = (QLearner)(options switch
        {
            DqnOptions dqn => Dqn.Create(context, dqn),
            C51Options c51 => C51.Create(context, c51),
            _ => QrDqn.Create(context, (QrDqnOptions)options),
        });
        RandomGenerator sampling = new(2), updates = new(3);
        void Collect()
        {
            collected.TrainTo(collected.Trainer.Steps + options.TrainEvery);
            collecting?.Invoke(algorithm);
        }

        for (int i = 0; i < 5; i++)
        {
            var round = new LearningRound(Collect, options.TrainEvery / options.EnvironmentCount, Updates, new UpdateContext(80 * i, 0.5, updates), replay, sampling, batch);
            if (inTurn) round.LearnInTurn(algorithm);
            else algorithm.Learn(round);
        }

        Assert.That(algorithm.Updates, Is.EqualTo(5 * Updates));
        Assert.That(collected.Trainer.Steps, Is.EqualTo(400 + (5 * options.TrainEvery)));
        return [.. algorithm.State.SelectMany(s => s.Value.Values.ToArray())];
    }
}
