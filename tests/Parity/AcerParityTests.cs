using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Parity;

/// <summary>Updates of acer on sequences of another policy: targets, figures, gradients and the networks after three of them, against PyTorch (Oracles/acer.py).</summary>
[TestFixture]
public sealed class AcerParityTests
{
    private const int Length = 8, Environments = 4, Updates = 3;

    private static readonly AcerOptions _options = new()
    {
        HiddenSizes = [16, 16], Gamma = 0.95, GaeLambda = 0.9, ImportanceClip = 1.2, TrustRegion = 0.05, Tau = 0.1, DuelingSamples = 3, MaxGradientNorm = 0.5,
        Optimizer = ActorCriticOptimizer.RmsProp, OptimizerEpsilon = 1e-3, ValueCoefficient = 0.5, EntropyCoefficient = 0.01, BufferSize = 200, LearningStarts = 0,
    };

    [Test]
    public void Updates_over_choices_agree() => Check("acer_discrete", 4, new Discrete(3), _options);

    [Test]
    public void Updates_over_real_actions_agree() => Check("acer_continuous", 3, Real(2), _options);

    [Test]
    public void Updates_over_real_actions_with_a_deviation_that_learns_agree() => Check("acer_continuous_std", 3, Real(2), _options with { LearnStd = true });

    [TestCase("acer_lstm", MemoryKind.Lstm, false)]
    [TestCase("acer_gru", MemoryKind.Gru, true)]
    public void Updates_over_choices_with_a_memory_agree_where_episodes_start_within(string name, MemoryKind kind, bool shared) =>
        Check(name, 4, new Discrete(3), Remembering(kind, shared));

    [TestCase("acer_continuous_gru", MemoryKind.Gru, false, false)]
    [TestCase("acer_continuous_lstm", MemoryKind.Lstm, true, true)]
    public void Updates_over_real_actions_with_a_memory_agree_where_episodes_start_within(string name, MemoryKind kind, bool shared, bool learnStd) =>
        Check(name, 3, Real(2), Remembering(kind, shared) with { LearnStd = learnStd });

    private static AcerOptions Remembering(MemoryKind kind, bool shared) =>
        _options with { Memory = kind, MemorySize = 6, SharedMemory = shared, SequenceLength = 4, PreviousAction = true, PreviousReward = true };

    private static Box Real(int size) => new([.. Enumerable.Repeat(float.NegativeInfinity, size)], [.. Enumerable.Repeat(float.PositiveInfinity, size)]);

    private static void Check(string name, int observationSize, Space actions, AcerOptions options)
    {
        var data = new OracleData(name);
        IAcerMethod method = Acer.Method(Real(observationSize), actions, masked: false, options);
        using StateVector parameters = method.Model.Parameters.MakeVector("parameters");
        using var statistics = new ObservationStatistics(observationSize);
        using RolloutBuffer rollout = RolloutBuffer.For(method.Model, Length, Environments, options.SequenceLength);
        using var acer = new Acer(new OnPolicyContext(ExecutionDevice.Cpu, method.Model, parameters, statistics, rollout, new RandomGenerator(0)), method, options);
        data.Fill(parameters);
        data.Fill(acer.Average, "average.");
        Fill(acer.Sequences, data, observationSize, method.Model.Memory);
        for (int update = 0; update < Updates; update++)
        {
            acer.Learn(justCollected: false, 1e-3);
            var figures = new Dictionary<string, double>();
            acer.Step.Figures.Report(figures.Add);
            figures.Add("gradient_norm", acer.Step.GradientNorm);
            foreach ((string key, double figure) in figures) data.AssertAgrees([figure], $"{key}.{update}");
            if (update > 0) continue;
            data.AssertAgrees(Doubles(acer.Sequences.Target), "target");
            data.AssertAgrees(Doubles(acer.Sequences.Uncorrected), "uncorrected");
            AssertGradient(acer.Step.Gradient, data);
        }

        data.AssertAgrees(parameters, "after.");
        data.AssertAgrees(acer.Average, "after.average.");
        data.Report();
    }

    // What all advantages have in common falls out of Q̃: of the last bias only rounding is left.
    private static void AssertGradient(StateVector gradient, OracleData data)
    {
        foreach (StateEntry entry in gradient.Entries)
        {
            double[] actual = [.. gradient[entry.Name].ToArray().Select(v => (double)v)];
            if (entry.Name == "advantage.2.bias") Assert.That(actual, Is.All.Zero.Within(1e-6));
            else data.AssertAgrees(actual, $"gradient.{entry.Name}");
        }
    }

    private static void Fill(AcerSequences sequences, OracleData data, int observationSize, PolicyMemory? memory)
    {
        RolloutBuffer steps = sequences.Steps;
        data.Copy("observation", steps.Observations.Floats);
        data.Copy("last_observation", steps.LastObservations);
        data.Copy("action", steps.Actions.Floats);
        data.Copy("reward", steps.Rewards);
        data.Copy("behaviour", sequences.Behaviour.Floats);
        if (sequences.Noise is TensorBuffer noise) data.Copy("noise", noise.Floats);
        float[] next = new float[steps.Rows * observationSize];
        data.Copy("next_observation", next);
        RecurrentRows? after = memory is null ? null : Remembered(steps, memory, data);
        for (int i = 0; i < steps.Rows; i++)
        {
            steps.Terminated[i] = data.Given("terminated").Values[i] != 0;
            steps.Truncated[i] = data.Given("truncated").Values[i] != 0;
            if (!steps.Truncated[i] || steps.Terminated[i]) continue;
            if (after is not null) steps.Memory!.Final.Set(steps.TruncatedCount, after.StateOf(i), after.PreviousOf(i));
            steps.AddTruncated(i, [.. next.Skip(i * observationSize).Take(observationSize)]);
        }

        Assert.That(steps.TruncatedCount, Is.Positive);
        Assert.That(steps.Terminated, Does.Contain(true));
    }

    // What sequences start from; the result goes with what each step led to.
    private static RecurrentRows Remembered(RolloutBuffer steps, PolicyMemory memory, OracleData data)
    {
        data.Copy("memory", steps.Memory!.States.Floats);
        data.Copy("keep", steps.Memory.Keeps.Floats);
        data.Copy("previous", steps.Memory.Previous!.Floats);
        var after = new RecurrentRows(memory, steps.Rows);
        data.Copy("next_memory", after.States);
        data.Copy("next_previous", after.Previous);
        for (int n = 0; n < Environments; n++) steps.Memory.Last.Set(n, after.StateOf(steps.Rows - Environments + n), after.PreviousOf(steps.Rows - Environments + n));
        return after;
    }

    private static double[] Doubles(TensorBuffer buffer) => [.. buffer.Floats.ToArray().Select(v => (double)v)];
}
