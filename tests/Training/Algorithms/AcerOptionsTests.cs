using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class AcerOptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly AcerOptions Start = new()
    {
        TotalSteps = 2048, EnvironmentCount = 4, RolloutLength = 16, HiddenSizes = [8], LearningRate = Schedule.Linear(1e-2), BufferSize = 400, LearningStarts = 100, ReplayRatio = 2, MaxGradientNorm = null,
    };

    private static readonly AcerOptions Learning = Start with { LearnStd = true };

    private static readonly AcerOptions Recurrent = Start with { Memory = MemoryKind.Lstm, MemorySize = 8, SequenceLength = 16 };

    /// <summary>The options that need rows of their own.</summary>
    private static readonly OnPolicyOptionEffects<AcerOptions> Effects = new(Start, new Dictionary<string, (string Environment, AcerOptions One, AcerOptions Other)>
    {
        [nameof(AcerOptions.RolloutLength)] = ("CartPole-v1", Start, Start with { RolloutLength = 8 }),
        [nameof(AcerOptions.LearningRate)] = ("CartPole-v1", Start, Start with { LearningRate = 1e-2 }),
        [nameof(AcerOptions.Optimizer)] = ("CartPole-v1", Start, Start with { Optimizer = ActorCriticOptimizer.Adam }),
        [nameof(AcerOptions.RmsPropDecay)] = ("CartPole-v1", Start, Start with { RmsPropDecay = 0.9 }),
        [nameof(AcerOptions.OptimizerEpsilon)] = ("CartPole-v1", Start, Start with { OptimizerEpsilon = 1e-2 }),
        [nameof(AcerOptions.EntropyCoefficient)] = ("CartPole-v1", Start, Start with { EntropyCoefficient = 0.1 }),
        [nameof(AcerOptions.ValueCoefficient)] = ("CartPole-v1", Start, Start with { ValueCoefficient = 0.1 }),
        [nameof(AcerOptions.ReplayRatio)] = ("CartPole-v1", Start, Start with { ReplayRatio = 4 }),
        [nameof(AcerOptions.BufferSize)] = ("CartPole-v1", Start, Start with { BufferSize = 200 }),
        [nameof(AcerOptions.LearningStarts)] = ("CartPole-v1", Start, Start with { LearningStarts = 200 }),
        [nameof(AcerOptions.ImportanceClip)] = ("CartPole-v1", Start, Start with { ImportanceClip = 1 }),
        [nameof(AcerOptions.TrustRegion)] = ("CartPole-v1", Start, Start with { TrustRegion = 0.01 }),
        [nameof(AcerOptions.Tau)] = ("CartPole-v1", Start with { TrustRegion = 0.01 }, Start with { TrustRegion = 0.01, Tau = 0.5 }),
        [nameof(AcerOptions.Memory)] = ("CartPole-v1", Recurrent, Recurrent with { Memory = MemoryKind.Gru }),
        [nameof(AcerOptions.MemorySize)] = ("CartPole-v1", Recurrent, Recurrent with { MemorySize = 4 }),
        [nameof(AcerOptions.SharedMemory)] = ("Pendulum-v1", Recurrent, Recurrent with { SharedMemory = true }),
        [nameof(AcerOptions.SequenceLength)] = ("CartPole-v1", Recurrent, Recurrent with { SequenceLength = 8 }),
        [nameof(AcerOptions.PreviousAction)] = ("Pendulum-v1", Recurrent, Recurrent with { PreviousAction = true }),
        [nameof(AcerOptions.PreviousReward)] = ("CartPole-v1", Recurrent, Recurrent with { PreviousReward = true }),
        [nameof(AcerOptions.DuelingSamples)] = ("Pendulum-v1", Start, Start with { DuelingSamples = 1 }),
        [nameof(AcerOptions.LearnStd)] = ("Pendulum-v1", Start, Learning),
    }, iterations: 8);

    /// <summary>Options that change how a run is kept, not what it learns.</summary>
    private static readonly string[] KeepsTheSame = [nameof(AcerOptions.ObservationStorage), nameof(AcerOptions.SaveReplay)];

    private static IEnumerable<string> Names() => typeof(AcerOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Except(KeepsTheSame);

    [TestCaseSource(nameof(Names))]
    public void Every_option_has_an_effect(string option) => Effects.Assert(option);

    [Test]
    public void The_trust_region_the_entropy_and_masks_matter_with_real_actions_or_masks_too()
    {
        Effects.Assert("Pendulum-v1", Start, Start with { TrustRegion = null });
        Effects.Assert("Pendulum-v1", Learning, Learning with { EntropyCoefficient = 0.1 });
        Effects.Assert("Taxi-v4", Start, Start with { TrustRegion = null });
    }

    [Test]
    public void The_replay_is_kept_as_asked()
    {
        using var bytes = new Trial(Registry.MakeVector("Catch-v0", 4), Start);
        using var floats = new Trial(Registry.MakeVector("Catch-v0", 4), Start with { ObservationStorage = ObservationStorage.Float, SaveReplay = false });
        Assert.That(((Acer)floats.Trainer.Algorithm).Replay.Bytes, Is.GreaterThan(2 * ((Acer)bytes.Trainer.Algorithm).Replay.Bytes));
        Assert.That((bytes.Trainer.SavesReplay, floats.Trainer.SavesReplay), Is.EqualTo((true, false)));
    }

    [TestCase("replay_ratio", "-1", "replay_ratio is -1. It is 0 to 100.")]
    [TestCase("replay_ratio", "1000", "replay_ratio is 1000")]
    [TestCase("buffer_size", "100", "buffer_size 100 is too small for sequences of rollout_length 20 from 4 environments. Make it at least 168.")]
    [TestCase("buffer_size", "2000000000", "is more than a replay can hold")]
    [TestCase("learning_starts", "-1", "learning_starts is -1. It is at least 0.")]
    [TestCase("learning_starts", "40000", "learning_starts 40000 is more than half of buffer_size 50000")]
    [TestCase("importance_clip", "0", "importance_clip is 0. It is above 0.")]
    [TestCase("trust_region", "-1", "trust_region is -1. It is at least 0.")]
    [TestCase("tau", "0", "tau is 0. It is above 0 and at most 1.")]
    [TestCase("dueling_samples", "0", "dueling_samples is 0. It is at least 1.")]
    [TestCase("memory", "lstms", "none, lstm, gru")]
    [TestCase("memory_size", "0", "memory_size is 0")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message) =>
        Assert.That(Runs.Problems("acer", "CartPole-v1", (option, value)), Has.Some.Contains(message).And.All.Contains(option));

    [Test]
    public void Other_actions_are_refused()
    {
        Assert.That(Start.Validate(new Box(-1, 1, 1), new MultiDiscrete(2, 3)), Has.One.Contains("neither Discrete nor a Box"));
        Assert.That((Start with { ObservationStorage = ObservationStorage.Byte }).Validate(new Discrete(500), new Discrete(2)), Has.One.Contains("observation_storage is byte"));
    }

    [Test]
    public void Sequences_that_do_not_fill_a_rollout_are_refused()
    {
        Assert.That((Recurrent with { SequenceLength = 12 }).Validate(new Box(-1, 1, 1), new Discrete(2)), Has.One.Contains("sequence_length 12 does not divide rollout_length 16"));
        Assert.That((Start with { SequenceLength = 12 }).Validate(new Box(-1, 1, 1), new Discrete(2)), Is.Empty, "without a memory there are no sequences");
    }

    [TestCase("CartPole-v1")]
    [TestCase("CartPoleNoVel-v1")]
    [TestCase("Pendulum-v1")]
    [TestCase("an environment of somebody else")]
    public void The_shipped_settings_are_valid_with_a_memory_and_without(string environment)
    {
        foreach (MemoryKind kind in new[] { MemoryKind.None, MemoryKind.Lstm })
            Assert.That((AcerPresets.For(environment) with { Memory = kind }).Validate(new Box(-1, 1, 4), new Discrete(2)), Is.Empty);
    }
}
