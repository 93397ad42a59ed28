using System;
using System.Collections.Generic;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Pipeline.Runtime.Execution;

/// <summary>The tensors of one number of rows over a context's buffers, ready to run.</summary>
internal sealed class BoundRows : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly List<OrtValue> _inputs = new();
    private readonly List<OrtValue> _outputs = new();
    private readonly OrtIoBinding? _binding;

    /// <summary>Makes the tensors and binds them.</summary>
    /// <param name="session">The session to run.</param>
    /// <param name="runOptions">Its run options, shared.</param>
    /// <param name="buffers">The context's buffers.</param>
    /// <param name="rows">Rows of every run, at most the buffers' capacity.</param>
    /// <param name="bind">
    /// True on the processor: bound once, run many times. False elsewhere: a binding copies its inputs to the device when they are
    /// bound, so later rows would never get there; the values are passed at each run instead.
    /// </param>
    internal BoundRows(InferenceSession session, RunOptions runOptions, RowBuffers buffers, int rows, bool bind)
    {
        _session = session;
        _runOptions = runOptions;
        _inputNames = Array.ConvertAll(buffers.Inputs, part => part.Name);
        _outputNames = Array.ConvertAll(buffers.Outputs, part => part.Name);
        try
        {
            foreach (Part part in buffers.Inputs) _inputs.Add(Tensor(part, buffers[part], rows));
            foreach (Part part in buffers.Outputs) _outputs.Add(Tensor(part, buffers[part], rows));
            if (!bind) return;
            _binding = session.CreateIoBinding();
            for (int i = 0; i < _inputs.Count; i++) _binding.BindInput(_inputNames[i], _inputs[i]);
            for (int i = 0; i < _outputs.Count; i++) _binding.BindOutput(_outputNames[i], _outputs[i]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal void Run()
    {
        if (_binding is not null) _session.RunWithBinding(_runOptions, _binding);
        else _session.Run(_runOptions, _inputNames, _inputs, _outputNames, _outputs);
    }

    public void Dispose()
    {
        _binding?.Dispose();
        foreach (OrtValue value in _inputs) value.Dispose();
        foreach (OrtValue value in _outputs) value.Dispose();
    }

    private static OrtValue Tensor(Part part, IntPtr address, int rows) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance,
        part.IsInt64 ? TensorElementType.Int64 : TensorElementType.Float,
        part.ShapeFor(rows),
        address,
        part.BytesFor(rows));
}
