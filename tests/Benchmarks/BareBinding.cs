using System;
using System.Collections.Generic;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Benchmarks;

/// <summary>
/// The least a host could do by hand: pinned arrays, bound once. Recurrent state costs it nothing: two bindings take turns, and what the one writes the
/// other reads.
/// </summary>
internal sealed class BareBinding : IDisposable
{
    private readonly SessionOptions _options = new()
    {
        IntraOpNumThreads = 1,
        InterOpNumThreads = 1,
        ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
    };

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OrtIoBinding[] _bindings;
    private readonly List<OrtValue> _values = [];
    private int _turn;

    /// <summary>Binds.</summary>
    /// <param name="model">The model's bytes.</param>
    /// <param name="batch">Rows of every run.</param>
    /// <param name="input">Name and row size of its input.</param>
    /// <param name="output">Name and row size of its output.</param>
    /// <param name="states">Names of what comes in and goes out, and row size, of each piece of state.</param>
    internal BareBinding(byte[] model, int batch, (string Name, int Size) input, (string Name, int Size) output, params (string In, string Out, int Size)[] states)
    {
        _options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(model, _options);
        (Input, OrtValue inputs) = Tensor(batch, input.Size);
        (Output, OrtValue outputs) = Tensor(batch, output.Size);
        _bindings = states.Length == 0 ? [_session.CreateIoBinding()] : [_session.CreateIoBinding(), _session.CreateIoBinding()];
        foreach (OrtIoBinding binding in _bindings)
        {
            binding.BindInput(input.Name, inputs);
            binding.BindOutput(output.Name, outputs);
        }

        foreach ((string stateIn, string stateOut, int size) in states)
        {
            OrtValue even = Tensor(batch, size).Value, odd = Tensor(batch, size).Value;
            _bindings[0].BindInput(stateIn, even);
            _bindings[0].BindOutput(stateOut, odd);
            _bindings[1].BindInput(stateIn, odd);
            _bindings[1].BindOutput(stateOut, even);
        }
    }

    internal float[] Input { get; }

    internal float[] Output { get; }

    public void Dispose()
    {
        foreach (OrtIoBinding binding in _bindings) binding.Dispose();
        foreach (OrtValue value in _values) value.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
        _options.Dispose();
    }

    internal void Run()
    {
        _session.RunWithBinding(_runOptions, _bindings[_turn]);
        _turn = (_turn + 1) % _bindings.Length;
    }

    private (float[] Array, OrtValue Value) Tensor(int batch, int size)
    {
        float[] array = new float[batch * size];
        OrtValue value = OrtValue.CreateTensorValueFromMemory(array, [batch, size]);
        _values.Add(value);
        return (array, value);
    }
}
