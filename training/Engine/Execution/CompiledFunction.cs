using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx;

namespace Pipeline.Training.Engine.Execution;

/// <summary>Where an input comes from or an output goes to: a buffer, a tensor of a state vector, or the whole vector.</summary>
public sealed class Slot
{
    private Slot(TensorBuffer? buffer, StateVector? state, string? entry) => (Buffer, State, Entry) = (buffer, state, entry);

    internal TensorBuffer? Buffer { get; }

    internal StateVector? State { get; }

    internal string? Entry { get; }

    /// <summary>A buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    public static implicit operator Slot(TensorBuffer buffer) => new(buffer, null, null);

    /// <summary>The whole of a state vector: read as it is now, or written as it will be next.</summary>
    /// <param name="state">The vector.</param>
    public static implicit operator Slot(StateVector state) => new(null, state, null);

    /// <summary>One tensor of a state vector.</summary>
    /// <param name="state">The vector.</param>
    /// <param name="entry">The tensor's name.</param>
    public static Slot Of(StateVector state, string entry) => new(null, state, entry);

    /// <summary>Whether both may be the same memory. Views of one buffer are not seen through.</summary>
    internal bool Overlaps(Slot other)
    {
        if (Buffer is not null || State != other.State) return Buffer is not null && Buffer == other.Buffer;
        return State!.CopyCount > 1 || Entry is null || other.Entry is null || Entry == other.Entry;
    }

    internal TensorBuffer Resolve(bool output) => Buffer ?? State!.Buffer(output ? State.Next : State.Current, Entry);
}

/// <summary>
/// A graph compiled into an ONNX Runtime session. <see cref="Bind"/> ties its inputs and outputs to memory once;
/// a bound call then runs without allocating.
/// </summary>
public sealed class CompiledFunction : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ExecutionDevice _device;
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    /// <summary>Compiles a graph.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="name">A name for messages.</param>
    /// <param name="inputs">The graph's inputs that will be bound.</param>
    /// <param name="outputs">Names and tensors of the outputs.</param>
    public CompiledFunction(ExecutionDevice device, string name, IReadOnlyList<Tensor> inputs, IReadOnlyList<KeyValuePair<string, Tensor>> outputs)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        Name = name;
        _inputs = [.. inputs.Select(i => i.Name ?? throw new ArgumentException($"{name}: {i} is not an input of its graph.", nameof(inputs)))];
        _outputs = [.. outputs.Select(o => o.Key)];
        byte[] model = OnnxWriter.Write(new ModelDefinition(name, inputs, outputs) { AllowContributed = true });
        using SessionOptions options = device.SessionOptions();
        if (ProfilePath is string path)
        {
            // The prefix counts only when it is there before.
            options.ProfileOutputPathPrefix = path + name;
            options.EnableProfiling = true;
        }

        _session = new InferenceSession(model, options);
    }

    /// <summary>The name for messages.</summary>
    public string Name { get; }

    /// <summary>Where ONNX Runtime writes an operator profile of each function compiled from now on; null for none. For benchmarks.</summary>
    internal static string? ProfilePath { get; set; }

    internal InferenceSession Session => _session;

    internal RunOptions RunOptions => _runOptions;

    internal ExecutionDevice Device => _device;

    /// <summary>Ties every input and output to memory.</summary>
    /// <param name="slots">For each input's and output's name, where it is.</param>
    /// <exception cref="ArgumentException">A name is missing or unknown.</exception>
    public BoundCall Bind(IReadOnlyDictionary<string, Slot> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        string[] missing = [.. _inputs.Concat(_outputs).Where(n => !slots.ContainsKey(n))];
        string[] unknown = [.. slots.Keys.Where(k => !_inputs.Contains(k) && !_outputs.Contains(k))];
        if (missing.Length + unknown.Length > 0)
            throw new ArgumentException($"{Name}: no memory for [{string.Join(", ", missing)}]; not of this function: [{string.Join(", ", unknown)}].", nameof(slots));
        return new BoundCall(this, [.. _inputs.Select(n => (n, slots[n]))], [.. _outputs.Select(n => (n, slots[n]))]);
    }

    /// <summary>Releases the session. Dispose its bound calls first.</summary>
    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }
}

/// <summary>
/// A compiled function tied to memory. Where it writes double-buffered state, each run reads the current copy and leaves the other one
/// current; one native binding for each combination of copies is made when first needed and kept.
/// </summary>
public sealed class BoundCall : IDisposable
{
    private readonly CompiledFunction _function;
    private readonly (string Name, Slot Slot)[] _inputs;
    private readonly (string Name, Slot Slot)[] _outputs;
    private readonly StateVector[] _states;
    private readonly StateVector[] _written;
    private readonly OrtIoBinding?[] _bindings;

    internal BoundCall(CompiledFunction function, (string Name, Slot Slot)[] inputs, (string Name, Slot Slot)[] outputs)
    {
        _function = function;
        _inputs = inputs;
        _outputs = outputs;
        _states = [.. inputs.Concat(outputs).Select(s => s.Slot.State).OfType<StateVector>().Where(s => s.CopyCount > 1).Distinct()];
        _written = [.. outputs.Select(s => s.Slot.State).OfType<StateVector>().Where(s => s.CopyCount > 1).Distinct()];
        _bindings = new OrtIoBinding?[1 << _states.Length];
    }

    /// <summary>Runs the function once.</summary>
    public void Run()
    {
        int combination = 0;
        for (int i = 0; i < _states.Length; i++) combination |= _states[i].Current << i;
        OrtIoBinding binding = _bindings[combination] ??= MakeBinding();

        // Device memory is filled when an input is bound, so it is bound anew for each run there.
        if (!_function.Device.SharesHostMemory) BindInputs(binding);
        _function.Session.RunWithBinding(_function.RunOptions, binding);
        foreach (StateVector state in _written) state.Flip();
    }

    /// <summary>Releases the native bindings.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _bindings.Length; i++)
        {
            _bindings[i]?.Dispose();
            _bindings[i] = null;
        }
    }

    /// <summary>Whether this call writes what another one reads or writes.</summary>
    internal bool Disturbs(BoundCall other) => _outputs.Any(o => other._inputs.Concat(other._outputs).Any(s => s.Slot.Overlaps(o.Slot)));

    private OrtIoBinding MakeBinding()
    {
        OrtIoBinding binding = _function.Session.CreateIoBinding();
        BindInputs(binding);
        foreach ((string name, Slot slot) in _outputs) binding.BindOutput(name, slot.Resolve(output: true).Value);
        return binding;
    }

    private void BindInputs(OrtIoBinding binding)
    {
        foreach ((string name, Slot slot) in _inputs) binding.BindInput(name, slot.Resolve(output: false).Value);
    }
}
