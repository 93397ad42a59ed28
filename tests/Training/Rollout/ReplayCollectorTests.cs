using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Rollout;

public sealed class ReplayCollectorTests
{
    private const int Count = 4;

    [Test]
    public void Random_actions_are_even_over_the_space_and_kept_as_they_are_learned()
    {
        var taken = new List<float[]>();
        using var bench = new Bench(() => new Recorder(new Box([-2, 0], [6, 1]), 9, taken), Still);
        for (int i = 0; i < 2500; i++) bench.Collector.Collect(randomly: true, exploration: 0);
        Assert.That(taken, Has.Count.EqualTo(2500 * Count));
        foreach ((int entry, double low, double high) in new[] { (0, -2.0, 6.0), (1, 0.0, 1.0) })
        {
            int[] tenths = new int[10];
            foreach (float[] action in taken) tenths[Math.Min(9, (int)((action[entry] - low) / (high - low) * 10))]++;
            Assert.That(tenths, Is.All.EqualTo(1000).Within(150), $"entry {entry}");
        }

        float[] kept = bench.Kept(2000);
        Assert.Multiple(() =>
        {
            Assert.That(kept, Has.All.InRange(-1, 1));
            Assert.That(kept.Min(), Is.LessThan(-0.99));
            Assert.That(kept.Max(), Is.GreaterThan(0.99));
        });
    }

    [TestCase(4)]
    [TestCase(2, 3)]
    public void Random_actions_are_even_among_the_allowed_ones(params int[] branches)
    {
        Space actions = branches.Length == 1 ? new Discrete(branches[0]) : new MultiDiscrete(branches);
        ObservationRule rule = Masks.FromBits(actions);
        var chosen = new Dictionary<string, Dictionary<string, int>>();
        float[] mask = new float[actions.MaskSize];
        RewardRule reward = (o, a) =>
        {
            rule(o, mask);
            Dictionary<string, int> counts = chosen.TryGetValue(string.Join(' ', mask), out Dictionary<string, int>? seen) ? seen : chosen[string.Join(' ', mask)] = [];
            string action = string.Join(' ', a.ToArray());
            counts[action] = counts.GetValueOrDefault(action) + 1;
            return 0;
        };

        // The environment itself refuses a forbidden action.
        using var bench = new Bench(() => new MaskedOneStep(new MultiBinary(actions.MaskSize), actions, reward, rule), Chooser);
        for (int i = 0; i < 8000; i++) bench.Collector.Collect(randomly: true, exploration: 0);
        foreach ((string under, Dictionary<string, int> counts) in chosen)
        {
            double even = counts.Values.Average();
            Assert.That(counts.Values, Is.All.EqualTo(even).Within(6 * Math.Sqrt(even)), $"under {under}");
            Assert.That(counts, Has.Count.EqualTo(Allowed(under, branches)), $"under {under}");
        }
    }

    [Test]
    public void Correlated_noise_is_added_to_the_policy_action_and_begins_anew_with_each_episode()
    {
        // The policy's own action is 0, so that what is taken is 4·clip(σ·x) + 2 in the bounds of −2 to 6.
        var taken = new List<float[]>();
        var process = new NoiseCorrelation(0.3, 0.5);
        using var bench = new Bench(() => new Recorder(new Box(-2, 6, 1), 5, taken), Still, process);
        var random = new RandomGenerator(Bench.Seed);
        float[] drawn = new float[Count];
        double[] x = new double[Count];
        for (int step = 0; step < 23; step++)
        {
            bench.Collector.Collect(randomly: false, exploration: 0);
            random.FillGaussian(drawn);
            for (int i = 0; i < Count; i++)
            {
                x[i] = (step % 5 == 0 ? 0 : x[i] * 0.85) + (Math.Sqrt(0.5) * drawn[i]);
                Assert.That(taken[(step * Count) + i][0], Is.EqualTo((4 * Math.Clamp(0.8 * x[i], -1, 1)) + 2).Within(1e-5), $"step {step}, environment {i}");
            }
        }
    }

    private static int Allowed(string mask, int[] branches)
    {
        string[] bits = mask.Split(' ');
        int start = 0, count = 1;
        foreach (int branch in branches)
        {
            count *= bits.Skip(start).Take(branch).Count(b => b == "1");
            start += branch;
        }

        return count;
    }

    /// <summary>A deterministic policy whose action is always 0.</summary>
    private static (IPolicyNetwork Policy, StateVector Parameters) Still(IVectorEnvironment environments)
    {
        var policy = new Td3Policy(environments.ObservationSpace, environments.ActionSpace, new Td3Options { HiddenSizes = [], NoiseDeviation = 0.8 });
        return (policy, policy.Parameters.MakeVector("actor"));
    }

    private static (IPolicyNetwork Policy, StateVector Parameters) Chooser(IVectorEnvironment environments)
    {
        var policy = new ActorCritic(environments.ObservationSpace, environments.ActionSpace, [4], Activation.Tanh, normalizeObservations: false, masked: environments.HasActionMask);
        return (policy, policy.Parameters.MakeVector("actor"));
    }

    /// <summary>A collector with all that it needs.</summary>
    private sealed class Bench : IDisposable
    {
        public const ulong Seed = 7;

        private readonly VectorEnvironment _environments;
        private readonly StateVector _parameters;
        private readonly ObservationStatistics _statistics;
        private readonly Actor _actor;
        private readonly ReplayBuffer _replay;

        public Bench(Func<IEnvironment> create, Func<IVectorEnvironment, (IPolicyNetwork, StateVector)> makePolicy, NoiseCorrelation? correlation = null)
        {
            _environments = new VectorEnvironment(create, Count);
            (IPolicyNetwork policy, _parameters) = makePolicy(_environments);
            _statistics = new ObservationStatistics(_environments.ObservationSpace.Size);
            _actor = new Actor(ExecutionDevice.Cpu, policy, _parameters, _statistics, Count);
            _replay = new ReplayBuffer(new ReplaySettings { Capacity = 20_000, BatchSize = 100 }, _environments.ObservationSpace, _environments.ActionSpace, Count, _environments.HasActionMask, null);
            var step = new VectorStep(_environments);
            _environments.Reset(3, step);
            _replay.Begin(step);
            ActionNoise? noise = correlation is null ? null : new ActionNoise(correlation, Count, _environments.ActionSpace.Size);
            Collector = new ReplayCollector(_environments, policy, _actor, noise, _replay, new RandomGenerator(Seed), step);
        }

        public ReplayCollector Collector { get; }

        /// <summary>Numbers of actions as they were kept.</summary>
        public float[] Kept(int rows)
        {
            using var batch = new ReplayBatch(_replay, rows);
            _replay.Sample(new RandomGenerator(1), 0, batch);
            return batch.Actions.Floats.ToArray();
        }

        public void Dispose()
        {
            _actor.Dispose();
            _replay.Dispose();
            _statistics.Dispose();
            _parameters.Dispose();
            _environments.Dispose();
        }
    }

    /// <summary>Writes down what is done in episodes of a known length.</summary>
    private sealed class Recorder(Space actions, int length, List<float[]> taken) : IEnvironment
    {
        private int _time;

        public Space ObservationSpace { get; } = new Box(-1, 1, 1);

        public Space ActionSpace { get; } = actions;

        public void Reset(RandomGenerator random, Span<float> observation) => observation[0] = _time = 0;

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            taken.Add(action.ToArray());
            observation[0] = 0;
            return new StepResult(0, Truncated: ++_time == length);
        }
    }
}
