using System;
using System.IO;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments.Wrappers;

/// <summary>
/// The latest k observations as one, the oldest first. At the start of an episode the first observation stands for the ones before it. A box
/// of shape [n] becomes [k · n], an image [C, H, W] becomes [k · C, H, W], and one without channels, [H, W], becomes [k, H, W]:
/// the rows are the same in every case, one observation after the other.
/// </summary>
public sealed class FrameStack : VectorWrapper
{
    private readonly VectorStep _step;
    private readonly int _size;
    private readonly float[] _stacks;

    /// <summary>Wraps environments.</summary>
    /// <param name="inner">Environments whose observation space is a box.</param>
    /// <param name="depth">k, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="depth"/> is below 1.</exception>
    /// <exception cref="EnvironmentException">The observation space is not a box.</exception>
    public FrameStack(IVectorEnvironment inner, int depth)
        : base(inner)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        if (Inner.ObservationSpace is not Box box)
            throw new EnvironmentException($"Observations can be stacked where they are a Box; this environment's are {Inner.ObservationSpace}. Leave the stacking out.");
        int[] shape = box.Shape.Count == 2 ? [depth, .. box.Shape] : [depth * box.Shape.FirstOrDefault(1), .. box.Shape.Skip(1)];
        ObservationSpace = new Box(
            [.. Enumerable.Repeat(box.Low, depth).SelectMany(low => low)],
            [.. Enumerable.Repeat(box.High, depth).SelectMany(high => high)],
            shape);
        _size = box.Size;
        _stacks = new float[Count * depth * _size];
        _step = new VectorStep(Inner);
    }

    /// <inheritdoc/>
    public override Space ObservationSpace { get; }

    private int StackSize => _stacks.Length / Count;

    /// <inheritdoc/>
    public override void Reset(ulong seed, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Inner.Reset(seed, _step);
        for (int i = 0; i < Count; i++) Fill(i);
        step.Clear();
        Show(step);
    }

    /// <inheritdoc/>
    public override void Step(ReadOnlySpan<float> actions, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        step.CheckFits(this, actions);
        Inner.Step(actions, _step);
        for (int i = 0; i < Count; i++)
        {
            if (_step.Terminated[i] | _step.Truncated[i])
            {
                Push(i, Row(_step.FinalObservations, i));
                Stack(i).CopyTo(step.FinalObservations.AsSpan(i * StackSize));
                Fill(i);
            }
            else
            {
                Push(i, Row(_step.Observations, i));
            }
        }

        _step.Rewards.CopyTo(step.Rewards, 0);
        _step.Terminated.CopyTo(step.Terminated, 0);
        _step.Truncated.CopyTo(step.Truncated, 0);
        Show(step);
    }

    /// <inheritdoc/>
    public override void Observe(VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Inner.Observe(_step);

        // Environments that had to start anew show an observation that is not the latest of the stack.
        for (int i = 0; i < Count; i++)
        {
            if (!Stack(i)[^_size..].SequenceEqual(Row(_step.Observations, i))) Fill(i);
        }

        Show(step);
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Inner.SaveState(writer);
        foreach (float value in _stacks) writer.Write(value);
    }

    /// <inheritdoc/>
    public override void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Inner.LoadState(reader);
        foreach (ref float value in _stacks.AsSpan()) value = reader.ReadSingle();
        for (int i = 0; i < Count; i++) Stack(i)[^_size..].CopyTo(Row(_step.Observations, i));
    }

    private Span<float> Stack(int index) => _stacks.AsSpan(index * StackSize, StackSize);

    private Span<float> Row(float[] rows, int index) => rows.AsSpan(index * _size, _size);

    private void Push(int index, ReadOnlySpan<float> observation)
    {
        Span<float> stack = Stack(index);
        stack[_size..].CopyTo(stack);
        observation.CopyTo(stack[^_size..]);
    }

    private void Fill(int index)
    {
        Span<float> stack = Stack(index), first = Row(_step.Observations, index);
        for (int start = 0; start < stack.Length; start += _size) first.CopyTo(stack[start..]);
    }

    private void Show(VectorStep step)
    {
        _stacks.CopyTo(step.Observations, 0);
        _step.ActionMasks.CopyTo(step.ActionMasks, 0);
    }
}
