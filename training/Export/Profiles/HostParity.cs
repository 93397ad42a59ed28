using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Export.Profiles;

/// <summary>
/// Gives the same random observations and masks to the native file, through the runtime, and to the host's file, and compares the deterministic actions that
/// come of them; where the policy remembers, over steps that follow each other.
/// </summary>
internal sealed class HostParity
{
    public const double Tolerance = 1e-5;
    private const int ChainedSteps = 16;
    private readonly byte[] _native;
    private readonly PolicyManifest _policy;
    private readonly byte[] _model;
    private readonly IHostConvention _convention;
    private readonly IReadOnlyList<HostInput> _inputs;
    private readonly IReadOnlyList<ActionPart> _parts;
    private readonly bool _masked;

    public HostParity(byte[] native, PolicyManifest policy, byte[] model, IHostConvention convention, IReadOnlyList<HostInput> inputs)
    {
        _native = native;
        _policy = policy;
        _model = model;
        _convention = convention;
        _inputs = inputs;
        _parts = ActionPart.Of(policy.ActionSpace);
        _masked = policy.Inputs.Any(i => i.Role == TensorRole.ActionMask);
    }

    public static IReadOnlyList<int> Batches { get; } = [1, 3, 64];

    /// <summary>The largest difference.</summary>
    /// <exception cref="ParityException">It is above the tolerance.</exception>
    public double Run()
    {
        using SessionOptions options = ExecutionDevice.Cpu.SessionOptions();
        using var session = new InferenceSession(_model, options);
        using var native = Policy.Load(_native, "the native file");
        var random = new RandomGenerator(0, RandomStreams.Parity);
        int steps = native.StateSize > 0 ? ChainedSteps : 1;
        return Batches.Max(batch => Chain(session, native, batch, steps, random));
    }

    private double Chain(InferenceSession session, Policy native, int batch, int steps, RandomGenerator random)
    {
        float[] states = new float[batch * native.StateSize], memory = new float[states.Length], actions = new float[batch * _policy.ActionSpace.Size];
        double worst = 0;
        for (int step = 0; step < steps; step++)
        {
            float[] rows = Rows(batch, random), masks = MaskRows(batch, random);
            native.Run(new PolicyBatch { Count = batch, Observations = rows, Masks = _masked ? NativeMasks(masks, batch) : default, States = states, Actions = actions });
            Dictionary<string, float[]> outputs = RunHost(session, rows, masks, memory, batch);
            if (outputs.TryGetValue(MlAgentsConvention.MemoryOut, out float[]? next)) memory = next;
            for (int i = 0; i < batch; i++) worst = Math.Max(worst, Difference(outputs, actions, i, batch));
            if (worst <= Tolerance) continue;
            throw new ParityException(string.Create(
                CultureInfo.InvariantCulture,
                $"The file for {_convention.Profile.Host} differs from the native one: the action by {worst:G3} at batch {batch}, step {step + 1}; allowed is {Tolerance:G1}. Nothing was written."));
        }

        return worst;
    }

    private double Difference(Dictionary<string, float[]> outputs, float[] actions, int row, int batch)
    {
        var own = outputs.Where(o => o.Value.Length % batch == 0 && o.Value.Length >= batch)
            .ToDictionary(o => o.Key, o => o.Value.AsSpan(row * (o.Value.Length / batch), o.Value.Length / batch).ToArray());
        int size = _policy.ActionSpace.Size;
        float[] found = new float[size];
        _convention.Act(_policy, own, found);
        double worst = 0;
        for (int i = 0; i < size; i++)
        {
            float expected = actions[(row * size) + i];
            double difference = Math.Abs(found[i] - expected) / Math.Max(1, Math.Abs(expected));
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }

    private float[] Rows(int batch, RandomGenerator random)
    {
        Space space = _policy.ObservationSpace;
        float[] rows = new float[batch * space.Size];
        for (int i = 0; i < batch; i++) space.Sample(random, rows.AsSpan(i * space.Size, space.Size));
        return rows;
    }

    // Each option allowed or not where the policy takes masks, the first of each choice always; bits, and all of a policy without masks, are free.
    private float[] MaskRows(int batch, RandomGenerator random)
    {
        var masks = new List<float>();
        for (int row = 0; row < batch; row++)
        {
            foreach (ActionPart part in _parts)
            {
                foreach (int n in part.Branches)
                {
                    for (int i = 0; i < n; i++) masks.Add(i == 0 || !_masked || part.Space.MaskSize == 0 ? 1 : random.NextInt32(2));
                }
            }
        }

        return [.. masks];
    }

    private float[] NativeMasks(float[] masks, int batch)
    {
        int width = masks.Length / batch;
        var native = new List<float>();
        for (int row = 0; row < batch; row++)
        {
            int start = row * width;
            foreach (ActionPart part in _parts)
            {
                if (part.Space.MaskSize > 0) native.AddRange(masks.AsSpan(start, part.Options));
                start += part.Options;
            }
        }

        return [.. native];
    }

    private Dictionary<string, float[]> RunHost(InferenceSession session, float[] rows, float[] masks, float[] memory, int batch)
    {
        var values = new List<OrtValue>();
        int start = 0;
        foreach (HostInput input in _inputs)
        {
            float[] data = input.Kind switch
            {
                HostInputKind.Observation => Columns(rows, batch, start, input.RowSize),
                HostInputKind.Mask => masks,
                HostInputKind.Memory => memory,
                _ => [.. Enumerable.Repeat(1f, batch)],
            };
            if (input.Kind == HostInputKind.Observation) start += input.RowSize;
            values.Add(OrtValue.CreateTensorValueFromMemory(data, [.. input.Shape.Select(n => n == HostGraph.Batch ? batch : n)]));
        }

        using var runOptions = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(runOptions, [.. _inputs.Select(i => i.Name)], values, session.OutputNames);
        foreach (OrtValue value in values) value.Dispose();
        return session.OutputNames.Select((name, i) => (name, Data: Numbers(results[i]))).ToDictionary(r => r.name, r => r.Data);
    }

    private static float[] Columns(float[] rows, int batch, int start, int count)
    {
        int width = rows.Length / batch;
        float[] columns = new float[batch * count];
        for (int i = 0; i < batch; i++) rows.AsSpan((i * width) + start, count).CopyTo(columns.AsSpan(i * count));
        return columns;
    }

    private static float[] Numbers(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Int64
        ? [.. value.GetTensorDataAsSpan<long>().ToArray().Select(v => (float)v)]
        : value.GetTensorDataAsSpan<float>().ToArray();
}
