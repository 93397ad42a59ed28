using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Export;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>acer with networks that remember: what its sequences start from, whose average is taken, what is exported.</summary>
public sealed class AcerMemoryTests
{
    private static readonly EnvironmentRegistry Registry = new();

    // So small a step leaves every parameter as it is: what was said while collecting is what is said of the sequences.
    private static readonly AcerOptions Still = new()
    {
        EnvironmentCount = 3, RolloutLength = 16, SequenceLength = 4, HiddenSizes = [8], BufferSize = 4000, LearningStarts = 0, ReplayRatio = 8, Optimizer = ActorCriticOptimizer.Adam,
        LearningRate = 1e-30, Memory = MemoryKind.Lstm, MemorySize = 6, PreviousAction = true, PreviousReward = true,
    };

    [TestCase("CartPoleNoVel-v1", MemoryKind.Lstm, false)]
    [TestCase("TMaze-v0?length=3", MemoryKind.Gru, true)]
    [TestCase("PendulumNoVel-v1", MemoryKind.Gru, false)]
    public void Replayed_from_the_states_kept_with_them_sequences_say_what_was_said_while_collecting(string environment, MemoryKind kind, bool shared)
    {
        using var trial = new Trial(Registry.MakeVector(environment, 3), Still with { Memory = kind, SharedMemory = shared });
        var acer = (Acer)trial.Trainer.Algorithm;
        AcerSequences sequences = acer.Sequences;
        var random = new RandomGenerator(4);
        trial.Iterate(20);
        int ends = 0;
        for (int draw = 0; draw < 20; draw++)
        {
            acer.Replay.Sample(random, sequences.Steps, sequences.Behaviour.Floats);
            sequences.Draw(random);
            sequences.MakeTargets(justCollected: false);
            Assert.That(sequences.Statistics.Floats.ToArray(), Is.EqualTo(sequences.Behaviour.Floats.ToArray()).Within(2e-5));
            ends += sequences.Steps.Terminated.Zip(sequences.Steps.Truncated, (a, b) => a || b).Count(e => e);
        }

        Assert.That(ends, environment.StartsWith("Pendulum", StringComparison.Ordinal) ? Is.Positive : Is.GreaterThan(20), "episodes that end within");
    }

    [TestCase(false, "actor.memory.input")]
    [TestCase(true, "memory.input")]
    public void The_average_policy_has_recurrent_layers_of_its_own(bool shared, string name)
    {
        using var trial = new Trial(Registry.MakeVector("CartPoleNoVel-v1", 3), Still with { SharedMemory = shared, LearningRate = 1e-2, Tau = 0.5, ReplayRatio = 0 });
        StateVector average = ((Acer)trial.Trainer.Algorithm).Average;
        Assert.That(average.Entries.Select(e => e.Name), Does.Contain(name).And.None.StartsWith("critic"));
        float[] start = trial.Trainer.Parameters[name].ToArray();
        trial.Iterate();
        float[] expected = [.. start.Zip(trial.Trainer.Parameters[name].ToArray(), (a, b) => (a + b) / 2)];
        Assert.That(average[name].ToArray(), Is.EqualTo(expected).Within(1e-6).And.Not.EqualTo(start));
    }

    [TestCase(true, MemoryKind.Lstm, false)]
    [TestCase(true, MemoryKind.Gru, true)]
    [TestCase(false, MemoryKind.Lstm, true)]
    public void A_policy_is_exported_with_its_state_and_steps_as_it_was_trained(bool choices, MemoryKind kind, bool shared)
    {
        var task = new RandomTask(new Box(-1, 1, 3), choices ? new Discrete(3) : new Box(-1, 1, 2));
        using Trial trial = new Trial(task.Make, Still with { LearningRate = 1e-2, Memory = kind, SharedMemory = shared }).Iterate(3);
        ExportedPolicy exported = trial.Export();
        using Policy policy = Policy.Load(exported.Model, "the exported policy");
        Assert.That(policy.Manifest.Parity!.MaxAbsError, Is.LessThanOrEqualTo(1e-5), "16 chained steps among it");
        Assert.That(policy.StateSize, Is.EqualTo((kind == MemoryKind.Lstm ? 12 : 6) + trial.Trainer.Model.Head.EncodedSize), "what the critic remembers stays behind");
        Assert.That(policy.UsesRewards);
    }

    [Test]
    public void What_a_rollout_starts_from_is_taken_over_with_its_steps()
    {
        var model = new ActorCritic(new Box(-1, 1, 2), new Discrete(2), [4], Activation.Tanh, false, false, memory: new MemorySettings(MemoryKind.Gru, 3, PreviousReward: true));
        using RolloutBuffer one = RolloutBuffer.For(model, 4, 1, 2), other = RolloutBuffer.For(model, 4, 1, 2);
        var random = new RandomGenerator(1);
        RolloutMemory memory = one.Memory!;
        foreach (TensorBuffer buffer in new[] { memory.States, memory.Keeps, memory.Previous! }) random.FillGaussian(buffer.Floats);
        for (int i = 0; i < 3; i++)
        {
            memory.Final.Set(i, [i, 1, 2, 3, 4, 5], [i]);
            one.AddTruncated(i, [i, i]);
        }

        memory.Last.Set(0, [9, 8, 7, 6, 5, 4], [3]);
        other.CopySteps(one);
        Assert.That(other.Memory!.States.Floats.ToArray(), Is.EqualTo(memory.States.Floats.ToArray()));
        Assert.That(other.Memory.Keeps.Floats.ToArray(), Is.EqualTo(memory.Keeps.Floats.ToArray()));
        Assert.That(other.Memory.Previous!.Floats.ToArray(), Is.EqualTo(memory.Previous!.Floats.ToArray()));
        Assert.That(other.Memory.Last.States.Concat(other.Memory.Last.Previous), Is.EqualTo(new float[] { 9, 8, 7, 6, 5, 4, 3 }));
        Assert.That(Enumerable.Range(0, 3).Select(i => other.Memory.Final.StateOf(i)[0] + other.Memory.Final.PreviousOf(i)[0]), Is.EqualTo(new float[] { 0, 2, 4 }));
    }
}
