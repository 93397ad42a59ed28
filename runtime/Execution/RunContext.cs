using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pipeline.Contracts;

namespace Pipeline.Runtime.Execution;

/// <summary>
/// Native buffers for a fixed number of rows, bound once to a session. One thread at a time uses it. Rows past those of a call are
/// computed too and ignored: rows do not see each other.
/// </summary>
internal sealed unsafe class RunContext : IDisposable
{
    private const int Alignment = 64;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions;
    private readonly Layout _layout;
    private readonly List<OrtValue> _values = new();
    private readonly Dictionary<Part, IntPtr> _buffers = new();
    private readonly IntPtr[] _observations;
    private readonly IntPtr[] _noises;
    private readonly IntPtr[] _statesIn;
    private readonly IntPtr[] _statesOut;
    private readonly float* _mask;
    private readonly float* _reward;
    private readonly void* _action;
    private readonly int _capacity;
    private readonly OrtIoBinding? _binding;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private IntPtr _block;
    private bool _maskIsOpen;

    /// <summary>Allocates and binds.</summary>
    /// <param name="session">The session to run.</param>
    /// <param name="runOptions">Its run options, shared.</param>
    /// <param name="layout">What goes where.</param>
    /// <param name="capacity">The number of rows of every run.</param>
    /// <param name="bind">
    /// True on the processor: bound once, run many times. False elsewhere: a binding copies its inputs to the device when they are
    /// bound, so later rows would never get there; the values are passed at each run instead.
    /// </param>
    internal RunContext(InferenceSession session, RunOptions runOptions, Layout layout, int capacity, bool bind)
    {
        _session = session;
        _runOptions = runOptions;
        _layout = layout;
        _capacity = capacity;
        Part[] inputs = layout.Inputs.ToArray();
        Part[] outputs = layout.Outputs.ToArray();
        _inputNames = inputs.Select(part => part.Name).ToArray();
        _outputNames = outputs.Select(part => part.Name).ToArray();
        try
        {
            Allocate(inputs.Concat(outputs).ToArray());
            if (bind)
            {
                _binding = session.CreateIoBinding();
                for (int i = 0; i < inputs.Length; i++) _binding.BindInput(inputs[i].Name, _values[i]);
                for (int i = 0; i < outputs.Length; i++) _binding.BindOutput(outputs[i].Name, _values[inputs.Length + i]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        _observations = layout.Observations.Select(part => _buffers[part]).ToArray();
        _noises = layout.Noises.Select(part => _buffers[part]).ToArray();
        _statesIn = layout.StatesIn.Select(part => _buffers[part]).ToArray();
        _statesOut = layout.StatesOut.Select(part => _buffers[part]).ToArray();
        _mask = layout.Mask is null ? null : (float*)_buffers[layout.Mask];
        _reward = layout.Reward is null ? null : (float*)_buffers[layout.Reward];
        _action = (void*)_buffers[layout.Action];
    }

    /// <summary>Runs rows <paramref name="start"/> … <paramref name="start"/> + <paramref name="rows"/> − 1 of a batch.</summary>
    internal void Run(in PolicyBatch batch, int start, int rows)
    {
        WriteInputs(batch, start, rows);
        if (_binding is not null) _session.RunWithBinding(_runOptions, _binding);
        else _session.Run(_runOptions, _inputNames, _values.GetRange(0, _inputNames.Length), _outputNames, _values.GetRange(_inputNames.Length, _outputNames.Length));
        ReadOutputs(batch, start, rows);
    }

    public void Dispose()
    {
        _binding?.Dispose();
        foreach (OrtValue value in _values) value.Dispose();
        _values.Clear();
        if (_block != IntPtr.Zero) Marshal.FreeHGlobal(_block);
        _block = IntPtr.Zero;
    }

    private void Allocate(Part[] parts)
    {
        long[] bytes = parts.Select(part => (long)part.Size * _capacity * (part.IsInt64 ? sizeof(long) : sizeof(float))).ToArray();
        long[] padded = bytes.Select(n => (n + Alignment - 1) / Alignment * Alignment).ToArray();
        long total = padded.Sum() + Alignment;
        _block = Marshal.AllocHGlobal(new IntPtr(total));
        long address = ((long)_block + Alignment - 1) / Alignment * Alignment;
        for (int i = 0; i < parts.Length; i++)
        {
            for (long done = 0; done < bytes[i];)
            {
                int piece = (int)Math.Min(bytes[i] - done, 1 << 30);
                new Span<byte>((void*)(address + done), piece).Clear();
                done += piece;
            }

            _buffers[parts[i]] = new IntPtr(address);
            TensorElementType element = parts[i].IsInt64 ? TensorElementType.Int64 : TensorElementType.Float;
            _values.Add(OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, element, parts[i].ShapeFor(_capacity), new IntPtr(address), bytes[i]));
            address += padded[i];
        }
    }

    private void WriteInputs(in PolicyBatch batch, int start, int rows)
    {
        ReadOnlySpan<float> observations = batch.Observations.Slice(start * _layout.ObservationSize, rows * _layout.ObservationSize);
        for (int i = 0; i < _observations.Length; i++)
            Gather(observations, _layout.ObservationSize, _layout.Observations[i], (float*)_observations[i], rows);
        if (_mask != null) WriteMask(batch, start, rows);
        if (batch.Random is RandomGenerator random) WriteNoise(random, rows);
        if (_reward != null) batch.Rewards.Slice(start, rows).CopyTo(new Span<float>(_reward, rows));
        if (_statesIn.Length == 0) return;
        ReadOnlySpan<float> states = batch.States.Slice(start * _layout.StateSize, rows * _layout.StateSize);
        for (int i = 0; i < _statesIn.Length; i++)
            Gather(states, _layout.StateSize, _layout.StatesIn[i], (float*)_statesIn[i], rows);
    }

    // All of a row before the next one, so that a batch draws what its rows would one by one.
    private void WriteNoise(RandomGenerator random, int rows)
    {
        int step = _noises.Length == 1 ? rows : 1;
        for (int row = 0; row < rows; row += step)
        {
            for (int i = 0; i < _noises.Length; i++)
            {
                int size = _layout.Noises[i].Size;
                var noise = new Span<float>((float*)_noises[i] + (row * size), step * size);
                random.Fill(noise, _layout.NoiseKinds[i]);
            }
        }
    }

    private void WriteMask(in PolicyBatch batch, int start, int rows)
    {
        int size = _layout.Mask!.Size;
        if (!batch.Masks.IsEmpty)
        {
            batch.Masks.Slice(start * size, rows * size).CopyTo(new Span<float>(_mask, rows * size));
            _maskIsOpen = false;
        }
        else if (!_maskIsOpen)
        {
            new Span<float>(_mask, _capacity * size).Fill(1);
            _maskIsOpen = true;
        }
    }

    private void ReadOutputs(in PolicyBatch batch, int start, int rows)
    {
        int length = rows * _layout.Action.Size;
        Span<float> actions = batch.Actions.Slice(start * _layout.Action.Size, length);
        if (_layout.Action.IsInt64)
        {
            var whole = new ReadOnlySpan<long>(_action, length);
            for (int i = 0; i < whole.Length; i++) actions[i] = whole[i];
        }
        else
        {
            new ReadOnlySpan<float>(_action, length).CopyTo(actions);
        }

        if (_statesOut.Length == 0) return;
        Span<float> states = batch.States.Slice(start * _layout.StateSize, rows * _layout.StateSize);
        for (int i = 0; i < _statesOut.Length; i++)
            Scatter((float*)_statesOut[i], _layout.StatesOut[i], states, _layout.StateSize, rows);
    }

    private static void Gather(ReadOnlySpan<float> rows, int rowSize, Part part, float* destination, int count)
    {
        if (part.Size == rowSize)
        {
            rows.CopyTo(new Span<float>(destination, count * rowSize));
            return;
        }

        for (int row = 0; row < count; row++)
            rows.Slice((row * rowSize) + part.Offset, part.Size).CopyTo(new Span<float>(destination + (row * part.Size), part.Size));
    }

    private static void Scatter(float* source, Part part, Span<float> rows, int rowSize, int count)
    {
        for (int row = 0; row < count; row++)
            new ReadOnlySpan<float>(source + (row * part.Size), part.Size).CopyTo(rows.Slice((row * rowSize) + part.Offset, part.Size));
    }
}
