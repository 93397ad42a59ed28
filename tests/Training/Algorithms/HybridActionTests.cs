using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Actions of several kinds chosen together: who learns them, and ppo with them; the probes of the other algorithms have one of theirs.</summary>
public sealed class HybridActionTests
{
    private static readonly string[] Learn = ["ppo", "vpg", "a2c", "acktr", "a3c", "trpo", "impala"];

    private static IEnumerable<string> Names() => AlgorithmRegistry.All.Select(a => a.Name);

    [TestCaseSource(nameof(Names))]
    public void An_algorithm_learns_hybrid_actions_or_refuses_them_at_once(string algorithm)
    {
        IAlgorithmOptions options = AlgorithmRegistry.All.First(a => a.Name == algorithm).DefaultOptions("an environment of somebody else");
        string[] problems = [.. options.Validate(new Box(-1, 1, 2), ProbedPolicy.HybridActions)];
        if (Learn.Contains(algorithm)) Assert.That(problems, Is.Empty);
        else Assert.That(problems, Has.All.Contains("The action space Dict(aim: Box([1], -2 to 6), tool").And.Some.Contains("ppo"));
    }

    [TestCase(PpoObjective.Clip)]
    [TestCase(PpoObjective.KlPenalty)]
    public void Ppo_learns_every_part_of_a_hybrid_action(PpoObjective objective)
    {
        using Trial trial = new Trial(ProbedPolicy.Hybrid, Trial.Quick with { TotalSteps = 40_960, Objective = objective }).Train();
        using Policy policy = trial.Load();
        ProbedPolicy.AssertTakesTheHybridAction(policy);
        var random = new RandomGenerator(5);
        float[] action = new float[3];
        for (int i = 0; i < 200; i++)
        {
            policy.Sample([0, 1, 1, 0.8f], random, action, [0, 1, 1]);
            Assert.That(ProbedPolicy.HybridActions.Contains(action) && action[1] > 0, string.Join(' ', action));
        }
    }

    [TestCase(MemoryKind.Lstm, false)]
    [TestCase(MemoryKind.Gru, true)]
    public void A_hybrid_policy_remembers_a_cue_in_all_its_parts(MemoryKind kind, bool shared)
    {
        PpoOptions options = Trial.Quick with
        {
            TotalSteps = 40_960,
            Memory = kind,
            MemorySize = 16,
            SharedMemory = shared,
            SequenceLength = 16,
            PreviousAction = true,
            PreviousReward = true,
        };
        using Trial trial = new Trial(() => new HybridCue(), options).Train();
        using Policy policy = trial.Load();
        foreach (float cue in new[] { -1f, 1 })
        {
            float[] state = new float[policy.StateSize], action = new float[2];
            foreach (float shown in new[] { cue, 0, 0 })
                policy.Run(new PolicyBatch { Count = 1, Observations = [shown], States = state, Rewards = [0], Actions = action });
            Assert.That(action[0], Is.EqualTo(cue > 0 ? 1 : 0));
            Assert.That(action[1], Is.EqualTo(cue / 2).Within(0.25));
        }
    }

    /// <summary>A cue of ±1, then two blanks; at the last the choice is right that is of the cue's sign, and the amount that is half the cue.</summary>
    private sealed class HybridCue : IEnvironment
    {
        private float _cue;
        private int _time;

        public Space ObservationSpace { get; } = new Box(-1, 1, 1);

        public Space ActionSpace { get; } = new Dict(("choice", new Discrete(2)), ("amount", new Box(-1, 1, 1)));

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            _time = 0;
            observation[0] = _cue = random.NextInt32(2) == 0 ? -1 : 1;
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            observation[0] = 0;
            if (++_time < 3) return new StepResult(0);
            float miss = action[1] - (_cue / 2);
            return new StepResult((action[0] == 1 == _cue > 0 ? 1 : -1) - (2 * miss * miss), Terminated: true);
        }
    }
}
