using System;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts;

namespace Pipeline.Runtime.Execution;

/// <summary>
/// Buffers for the classes of one <see cref="SizeClass"/> group, each bound to a session when it is first used. One thread at a time uses
/// it. Rows past those of a call are computed too and ignored: rows do not see each other.
/// </summary>
internal sealed unsafe class RunContext : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions;
    private readonly Layout _layout;
    private readonly bool _bind;
    private readonly int _capacity;
    private readonly RowBuffers _buffers;
    private readonly BoundRows?[] _bound = new BoundRows?[SizeClass.Exact];
    private readonly IntPtr[] _observations;
    private readonly IntPtr[] _noises;
    private readonly IntPtr[] _statesIn;
    private readonly IntPtr[] _statesOut;
    private readonly float* _mask;
    private readonly float* _reward;
    private readonly void* _action;
    private bool _maskIsOpen;

    /// <summary>Allocates.</summary>
    /// <param name="session">The session to run.</param>
    /// <param name="runOptions">Its run options, shared.</param>
    /// <param name="layout">What goes where.</param>
    /// <param name="capacity">The most rows of a run.</param>
    /// <param name="bind">Whether to bind, see <see cref="BoundRows"/>.</param>
    internal RunContext(InferenceSession session, RunOptions runOptions, Layout layout, int capacity, bool bind)
    {
        _session = session;
        _runOptions = runOptions;
        _layout = layout;
        _bind = bind;
        _capacity = capacity;
        _buffers = new RowBuffers(layout, capacity);
        _observations = _buffers.Of(layout.Observations);
        _noises = _buffers.Of(layout.Noises);
        _statesIn = _buffers.Of(layout.StatesIn);
        _statesOut = _buffers.Of(layout.StatesOut);
        _mask = layout.Mask is null ? null : (float*)_buffers[layout.Mask];
        _reward = layout.Reward is null ? null : (float*)_buffers[layout.Reward];
        _action = (void*)_buffers[layout.Action];
    }

    /// <summary>Runs rows <paramref name="start"/> … <paramref name="start"/> + <paramref name="rows"/> − 1 of a batch.</summary>
    internal void Run(in PolicyBatch batch, int start, int rows, SizeClass size)
    {
        BoundRows bound = Bound(size);
        WriteInputs(batch, start, rows);
        bound.Run();
        ReadOutputs(batch, start, rows);
    }

    /// <summary>Binds a class ahead of its first call; with <paramref name="run"/>, runs it too, over what the buffers hold.</summary>
    internal void Prepare(SizeClass size, bool run)
    {
        BoundRows bound = Bound(size);
        if (!run) return;
        if (_mask != null) OpenMask();
        for (int i = 0; i < _noises.Length; i++) new Span<float>((float*)_noises[i], size.Rows * _layout.Noises[i].Size).Fill(0.5f);
        bound.Run();
    }

    public void Dispose()
    {
        foreach (BoundRows? bound in _bound) bound?.Dispose();
        _buffers.Dispose();
    }

    private BoundRows Bound(SizeClass size) => _bound[size.Step] ??= new BoundRows(_session, _runOptions, _buffers, size.Rows, _bind);

    private void WriteInputs(in PolicyBatch batch, int start, int rows)
    {
        for (int i = 0; i < _observations.Length; i++)
            Gather(batch.Observations, _layout.ObservationSize, batch, start, _layout.Observations[i], (float*)_observations[i], rows);
        if (_mask != null) WriteMask(batch, start, rows);
        if (batch.IsSampled) WriteNoise(batch, start, rows);
        if (_reward != null) Gather(batch.Rewards, 1, batch, start, _layout.Reward!, _reward, rows);
        for (int i = 0; i < _statesIn.Length; i++)
            Gather(batch.States, _layout.StateSize, batch, start, _layout.StatesIn[i], (float*)_statesIn[i], rows);
    }

    private void WriteMask(in PolicyBatch batch, int start, int rows)
    {
        if (batch.Masks.IsEmpty)
        {
            if (!_maskIsOpen) OpenMask();
            return;
        }

        Gather(batch.Masks, _layout.Mask!.Size, batch, start, _layout.Mask, _mask, rows);
        _maskIsOpen = false;
    }

    private void OpenMask()
    {
        new Span<float>(_mask, _capacity * _layout.Mask!.Size).Fill(1);
        _maskIsOpen = true;
    }

    // All of a row before the next one, so that a batch draws what its rows would one by one.
    private void WriteNoise(in PolicyBatch batch, int start, int rows)
    {
        if (batch.Random is RandomGenerator shared && _noises.Length == 1)
        {
            Fill(shared, 0, 0, rows);
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            RandomGenerator random = batch.Random ?? batch.Randoms[batch.RowAt(start + row)];
            for (int i = 0; i < _noises.Length; i++) Fill(random, i, row, 1);
        }
    }

    private void Fill(RandomGenerator random, int input, int row, int rows)
    {
        int size = _layout.Noises[input].Size;
        random.Fill(new Span<float>((float*)_noises[input] + (row * size), rows * size), _layout.NoiseKinds[input]);
    }

    private void ReadOutputs(in PolicyBatch batch, int start, int rows)
    {
        if (_layout.Action.IsInt64) ReadWhole(batch, start, rows);
        else Scatter((float*)_action, _layout.Action, batch.Actions, _layout.Action.Size, batch, start, rows);
        for (int i = 0; i < _statesOut.Length; i++)
            Scatter((float*)_statesOut[i], _layout.StatesOut[i], batch.States, _layout.StateSize, batch, start, rows);
    }

    private void ReadWhole(in PolicyBatch batch, int start, int rows)
    {
        int size = _layout.Action.Size;
        long* source = (long*)_action;
        for (int i = 0; i < rows; i++)
        {
            Span<float> action = batch.Actions.Slice(batch.RowAt(start + i) * size, size);
            for (int k = 0; k < action.Length; k++) action[k] = *source++;
        }
    }

    private static void Gather(ReadOnlySpan<float> source, int rowSize, in PolicyBatch batch, int start, Part part, float* destination, int rows)
    {
        if (part.Size == rowSize && batch.Rows.IsEmpty)
        {
            source.Slice(start * rowSize, rows * rowSize).CopyTo(new Span<float>(destination, rows * rowSize));
            return;
        }

        for (int i = 0; i < rows; i++)
            source.Slice((batch.RowAt(start + i) * rowSize) + part.Offset, part.Size).CopyTo(new Span<float>(destination + (i * part.Size), part.Size));
    }

    private static void Scatter(float* source, Part part, Span<float> destination, int rowSize, in PolicyBatch batch, int start, int rows)
    {
        if (part.Size == rowSize && batch.Rows.IsEmpty)
        {
            new ReadOnlySpan<float>(source, rows * rowSize).CopyTo(destination.Slice(start * rowSize, rows * rowSize));
            return;
        }

        for (int i = 0; i < rows; i++)
            new ReadOnlySpan<float>(source + (i * part.Size), part.Size).CopyTo(destination.Slice((batch.RowAt(start + i) * rowSize) + part.Offset, part.Size));
    }
}
