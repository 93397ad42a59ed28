using System;
using System.Numerics.Tensors;
using Pipeline.Contracts;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Replay;

/// <summary>Proportional prioritized sampling (Schaul et al., arXiv:1511.05952): a priority for each frame, 0 where no step was taken from it.</summary>
internal sealed class Priorities : IDisposable
{
    private const float Smallest = 1e-30f;
    private const float Largest = 1e30f;
    private readonly PrioritySettings _settings;

    public Priorities(PrioritySettings settings, int frames)
    {
        _settings = settings;
        Tree = new SumTree(frames);
    }

    public SumTree Tree { get; }

    /// <summary>The largest priority so far, which new transitions get.</summary>
    public float Maximum { get; set; } = 1;

    /// <summary>Draws one transition from each of B equal shares of the priorities' sum.</summary>
    public void Sample(RandomGenerator random, ReplayBatch batch)
    {
        Span<double> masses = batch.Masses;
        double share = Tree.Total / (double)masses.Length;
        for (int i = 0; i < masses.Length; i++) masses[i] = (i + random.NextDouble()) * share;
        Tree.Find(masses, batch.Indices);
    }

    /// <summary>
    /// (N·P)^-β divided by the largest of the batch (as Dopamine and rlax do; Stable-Baselines' contributors take the largest possible in the
    /// buffer): N and Σp cancel, and (p_min / p)^β is left.
    /// </summary>
    public void Weigh(double progress, ReplayBatch batch)
    {
        Span<float> priorities = batch.Priorities, weights = batch.Weights.Floats;
        for (int i = 0; i < priorities.Length; i++) priorities[i] = Tree[batch.Indices[i]];
        float least = TensorPrimitives.Min<float>(priorities);
        TensorPrimitives.Divide(least, priorities, weights);
        TensorPrimitives.Pow(weights, (float)new Schedule(_settings.BetaStart, _settings.BetaEnd).At(progress), weights);
    }

    /// <summary>Gives the transitions of a batch the priorities of their errors, all checked before the first is changed.</summary>
    public void Update(FrameStore frames, ReplayBatch batch, ReadOnlySpan<float> errors)
    {
        if (errors.Length != batch.Rows)
            throw new ArgumentException($"{errors.Length} errors were given for a batch of {batch.Rows} transitions. Give one for each row.", nameof(errors));
        for (int i = 0; i < errors.Length; i++)
        {
            if (!float.IsFinite(errors[i])) throw new ReplayException($"The error of row {i} is {errors[i]}. A priority needs a finite number: lower the learning rate, or clip the gradient.");
        }

        Span<float> priorities = batch.Priorities;
        TensorPrimitives.Abs(errors, priorities);
        TensorPrimitives.Add(priorities, (float)_settings.Epsilon, priorities);
        TensorPrimitives.Pow(priorities, (float)_settings.Alpha, priorities);
        for (int i = 0; i < priorities.Length; i++)
        {
            float priority = Math.Clamp(priorities[i], Smallest, Largest);
            int frame = batch.Indices[i];
            float present = Tree[frame];
            bool isThere = present > 0 && frames.Holds(frame, batch.Numbers[i]);
            priorities[i] = isThere ? priority : present;
            if (isThere) Maximum = Math.Max(Maximum, priority);
        }

        Tree.Set(batch.Indices, priorities);
    }

    public void Dispose() => Tree.Dispose();
}
