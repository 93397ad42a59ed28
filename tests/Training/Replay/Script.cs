using System;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

/// <summary>A buffer that is told what its environments did, step by step, and what is sampled from it.</summary>
internal sealed class Script : IDisposable
{
    public Script(ReplaySettings settings, Space? observationSpace = null, Space? actionSpace = null, int environmentCount = 1, bool masked = false, IGoalTask? goals = null)
    {
        observationSpace ??= new Box(-1e6f, 1e6f, 1);
        actionSpace ??= new Discrete(4);
        Buffer = new ReplayBuffer(settings, observationSpace, actionSpace, environmentCount, masked, goals);
        Step = new VectorStep(new Shape(environmentCount, observationSpace, actionSpace, masked));
        Batch = new ReplayBatch(Buffer);
    }

    public ReplayBuffer Buffer { get; }

    public ReplayBatch Batch { get; }

    public VectorStep Step { get; }

    public RandomGenerator Random { get; } = new(11);

    public Script Begin(params float[] observations)
    {
        observations.CopyTo(Step.Observations, 0);
        Buffer.Begin(Step);
        return this;
    }

    /// <summary>A step of the only environment that its episode outlives.</summary>
    public Script Goes(float action, float reward, params float[] observation) => Add(action, reward, false, false, observation, observation);

    public Script Terminates(float action, float reward, float last, float first) => Add(action, reward, true, false, [last], [first]);

    public Script Truncates(float action, float reward, float last, float first) => Add(action, reward, false, true, [last], [first]);

    public Script Add(float action, float reward, bool terminated, bool truncated, float[] last, float[] next)
    {
        (Step.Rewards[0], Step.Terminated[0], Step.Truncated[0]) = (reward, terminated, truncated);
        if (terminated || truncated) last.CopyTo(Step.FinalObservations, 0);
        next.CopyTo(Step.Observations, 0);
        Buffer.Add([action], Step);
        return this;
    }

    public ReplayBatch Sample(double progress = 0)
    {
        Buffer.Sample(Random, progress, Batch);
        return Batch;
    }

    /// <summary>The different transitions among many samples, by what they start from: "s a r γ s′" of observations of one number.</summary>
    public string[] Transitions(int samples = 40) =>
        [.. Enumerable.Range(0, samples).SelectMany(_ => Rows(Sample())).Distinct().Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        Batch.Dispose();
        Buffer.Dispose();
    }

    private static string[] Rows(ReplayBatch batch) =>
    [
        .. Enumerable.Range(0, batch.Rows).Select(row => FormattableString.Invariant(
            $"{batch.Observations.Floats[row]} {batch.Actions.Floats.Slice(row * 4, 4).IndexOf(1f)} {batch.Rewards.Floats[row]} {batch.Discounts.Floats[row]} {batch.NextObservations.Floats[row]}")),
    ];

    /// <summary>What environments look like, for the size of a step.</summary>
    private sealed class Shape(int count, Space observationSpace, Space actionSpace, bool masked) : IVectorEnvironment
    {
        public int Count => count;

        public Space ObservationSpace => observationSpace;

        public Space ActionSpace => actionSpace;

        public bool HasActionMask => masked;

        public void Reset(ulong seed, VectorStep step) => throw new InvalidOperationException();

        public void Step(ReadOnlySpan<float> actions, VectorStep step) => throw new InvalidOperationException();

        public void SaveState(BinaryWriter writer) => throw new InvalidOperationException();

        public void LoadState(BinaryReader reader) => throw new InvalidOperationException();

        public void Dispose()
        {
        }
    }
}
