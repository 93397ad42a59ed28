using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Export;

/// <summary>An exported file does not answer as the training graph does.</summary>
public sealed class ParityException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Which output differs, by how much, and what is allowed.</param>
    public ParityException(string message)
        : base(message)
    {
    }
}

/// <summary>
/// Feeds the same random observations, masks and noise to an exported file and to the training graph and compares every output. Numbers may
/// differ by <see cref="Tolerance"/>, times the largest that the output has over many observations where that is above 1: a number near 0 may be a
/// difference of large ones, with their rounding. A choice, of one action or among candidates of real-valued actions, may differ only where two
/// score alike to that much. A policy that remembers is also taken through steps that follow each other.
/// </summary>
internal sealed class ParityTest
{
    public const double Tolerance = 1e-5;
    public const int ChainedSteps = 16;
    private const float Forbidden = -1e7f;
    private static readonly int[] _batches = [1, 3, 64];
    private readonly ExecutionDevice _device;
    private readonly IPolicyNetwork _model;
    private readonly StateVector _parameters;
    private readonly ObservationStatistics _statistics;
    private readonly ActorExport _export;
    private readonly ActionComponents _components;
    private readonly Dictionary<string, double> _sizes = [];
    private Dictionary<string, TensorBuffer> _last = [];

    public ParityTest(ExecutionDevice device, IPolicyNetwork model, StateVector parameters, ObservationStatistics statistics, ActorExport export)
    {
        _device = device;
        _model = model;
        _parameters = parameters;
        _statistics = statistics;
        _export = export;
        _components = new ActionComponents(model.ActionSpace);
    }

    /// <summary>Compares at every batch size.</summary>
    public ParityCheck Run(byte[] model, ulong seed)
    {
        using SessionOptions options = ExecutionDevice.Cpu.SessionOptions();
        using var session = new InferenceSession(model, options);
        var random = new RandomGenerator(seed, RandomStreams.Parity);
        double worst = 0;
        foreach (int batch in _batches.Reverse())
        {
            // The largest first: it shows how large outputs are.
            Dictionary<string, TensorBuffer> values = RunTraining(batch, random);
            if (_last.Count == 0)
            {
                _last = values;
                foreach ((string name, TensorBuffer buffer) in values) _sizes[name] = Size(Real(name, Numbers(buffer)));
            }

            worst = Math.Max(worst, Compare(session, values, batch));
            if (values == _last) continue;
            foreach (TensorBuffer buffer in values.Values) buffer.Dispose();
        }

        return new ParityCheck(worst, _batches);
    }

    /// <summary>Loads the finished file as a host does and compares its actions with those of the training graph, at the largest batch.</summary>
    public void RunThroughRuntime(byte[] model)
    {
        int batch = _batches[^1];
        using var policy = Policy.Load(model, "the exported policy");
        float[] observations = new float[batch * _model.ObservationSpace.Size];
        int start = 0;
        foreach (TensorSpec spec in NativeProfile.Observations(_model.ObservationSpace))
        {
            // The runtime takes whole rows; the graph takes the entries of a dictionary one by one.
            for (int i = 0; i < batch; i++)
                _last[spec.Name].Floats.Slice(i * spec.RowSize, spec.RowSize).CopyTo(observations.AsSpan((i * _model.ObservationSpace.Size) + start));
            start += spec.RowSize;
        }

        float[] actions = new float[batch * _model.ActionSpace.Size];
        policy.Run(new PolicyBatch
        {
            Count = batch,
            Observations = observations,
            Masks = _model.Masked ? _last[NativeProfile.ActionMaskName].Floats : default,
            States = States(policy, _last, batch),
            Rewards = policy.UsesRewards ? _last[NativeProfile.RewardName].Floats : default,
            Actions = actions,
        });
        float[] expected = Numbers(_last[NativeProfile.ActionName]);
        Check("action through the runtime", Difference(NativeProfile.ActionName, actions, expected, _last, batch), batch);
        foreach (TensorBuffer buffer in _last.Values) buffer.Dispose();
    }

    /// <summary>
    /// Loads the file as a host does and takes steps with it and with the training graph side by side, each with the state of its own that its steps before
    /// left, with deterministic and with drawn actions.
    /// </summary>
    public double RunChained(byte[] model, ulong seed)
    {
        if (_model.Memory is null) return 0;
        using var policy = Policy.Load(model, "the exported policy");
        return Math.Max(Chain(policy, seed, drawn: false), Chain(policy, seed, drawn: true));
    }

    private double Chain(Policy policy, ulong seed, bool drawn)
    {
        const int Batch = 3;
        RandomGenerator random = new(seed, RandomStreams.Parity), noise = new(seed), same = new(seed);
        ActorGraph actor = _export.Build(Batch);
        (CompiledFunction function, BoundCall call, Dictionary<string, TensorBuffer> values) = Compile(actor, Batch);
        float[] states = new float[Batch * policy.StateSize], actions = new float[Batch * _model.ActionSpace.Size];
        double worst = 0;
        for (int step = 0; step < ChainedSteps; step++)
        {
            float[] rows = FillInputs(actor, values, Batch, random, spec => spec.Role == TensorRole.StateIn);
            if (drawn) DrawNoise(values, Batch, noise);
            call.Run();
            policy.Run(new PolicyBatch
            {
                Count = Batch,
                Observations = rows,
                Masks = _model.Masked ? values[NativeProfile.ActionMaskName].Floats : default,
                States = states,
                Rewards = policy.UsesRewards ? values[NativeProfile.RewardName].Floats : default,
                Actions = actions,
                Random = drawn ? same : null,
            });
            string output = drawn ? NativeProfile.ActionSampleName : NativeProfile.ActionName;
            worst = Math.Max(worst, Difference(output, actions, Numbers(values[output]), values, Batch));
            foreach (StateSpec state in actor.Recurrent) values[drawn ? state.SampleOutput ?? state.Output : state.Output].Floats.CopyTo(values[state.Input].Floats);
            float[] expected = States(policy, values, Batch);
            for (int i = 0; i < states.Length; i++) worst = Math.Max(worst, Math.Abs(states[i] - expected[i]) / Math.Max(1, Math.Abs(expected[i])));
            Check($"step {step + 1} of {ChainedSteps} chained ones", worst, Batch);
        }

        call.Dispose();
        function.Dispose();
        foreach (TensorBuffer buffer in values.Values) buffer.Dispose();
        return worst;
    }

    // The state inputs as rows, as a host keeps them.
    private static float[] States(Policy policy, Dictionary<string, TensorBuffer> values, int batch)
    {
        float[] states = new float[batch * policy.StateSize];
        int start = 0;
        foreach (StateSpec state in policy.Manifest.Recurrent)
        {
            int size = values[state.Input].Count / batch;
            for (int i = 0; i < batch; i++) values[state.Input].Floats.Slice(i * size, size).CopyTo(states.AsSpan((i * policy.StateSize) + start));
            start += size;
        }

        return states;
    }

    private Dictionary<string, TensorBuffer> RunTraining(int batch, RandomGenerator random)
    {
        ActorGraph actor = _export.Build(batch);
        (CompiledFunction function, BoundCall call, Dictionary<string, TensorBuffer> values) = Compile(actor, batch);
        FillInputs(actor, values, batch, random, _ => false);
        using (function)
        using (call)
            call.Run();
        return values;
    }

    // Random rows of observations, and all other inputs, as far as they are not to stay what they are.
    private float[] FillInputs(ActorGraph actor, Dictionary<string, TensorBuffer> values, int batch, RandomGenerator random, Predicate<TensorSpec> stays)
    {
        float[] rows = new float[batch * _model.ObservationSpace.Size];
        for (int i = 0; i < batch; i++) _model.ObservationSpace.Sample(random, rows.AsSpan(i * _model.ObservationSpace.Size, _model.ObservationSpace.Size));
        int start = 0;
        foreach ((TensorSpec spec, _) in actor.Inputs)
        {
            if (!stays(spec)) Fill(spec, values[spec.Name], rows, start, random);
            if (spec.Role == TensorRole.Observation) start += spec.RowSize;
        }

        return rows;
    }

    private (CompiledFunction Function, BoundCall Call, Dictionary<string, TensorBuffer> Values) Compile(ActorGraph actor, int batch)
    {
        var build = new FunctionBuilder(actor.Graph);
        var values = new Dictionary<string, TensorBuffer>();
        foreach ((TensorSpec spec, Tensor tensor) in actor.Inputs)
        {
            var buffer = new TensorBuffer(ElementType.Float32, tensor.Shape.Resolve(_ => batch));
            values.Add(spec.Name, buffer);
            build.Add(spec.Name, buffer);
        }

        void Output(string name, Tensor tensor)
        {
            var buffer = new TensorBuffer(tensor.ElementType, tensor.Shape.Resolve(_ => batch));
            values.Add(name, buffer);
            build.Output(name, tensor, buffer);
        }

        foreach ((TensorSpec spec, Tensor tensor) in actor.Outputs) Output(spec.Name, tensor);
        if (actor.ModeScores is not null) Output(Scores(NativeProfile.ActionName), actor.ModeScores);
        if (actor.SampleScores is not null) Output(Scores(NativeProfile.ActionSampleName), actor.SampleScores);

        build.AddStatistics(_model.Encoder, _statistics);
        build.AddParameters(actor.Scope, _parameters);
        (CompiledFunction function, BoundCall call) = build.Compile(_device, "parity");
        return (function, call, values);
    }

    // In the order of the runtime.
    private void DrawNoise(Dictionary<string, TensorBuffer> values, int batch, RandomGenerator random)
    {
        IReadOnlyList<TensorSpec> noises = NativeProfile.Noises(_model.ActionSpace);
        for (int row = 0; row < batch; row++)
        {
            foreach (TensorSpec spec in noises) random.Fill(values[spec.Name].Floats.Slice(row * spec.RowSize, spec.RowSize), spec.Noise);
        }
    }

    private void Fill(TensorSpec spec, TensorBuffer buffer, float[] rows, int start, RandomGenerator random)
    {
        int width = _model.ObservationSpace.Size;
        switch (spec.Role)
        {
            case TensorRole.Observation:
                for (int i = 0; i < buffer.Count / spec.RowSize; i++)
                    rows.AsSpan((i * width) + start, spec.RowSize).CopyTo(buffer.Floats[(i * spec.RowSize)..]);
                break;
            case TensorRole.StateIn or TensorRole.Reward:
                random.FillGaussian(buffer.Floats);
                break;
            case TensorRole.Noise:
                random.Fill(buffer.Floats, spec.Noise);
                break;
            default:
                // A mask: each entry allowed or not, the first of each branch always.
                foreach (ref float allowed in buffer.Floats) allowed = random.NextInt32(2);
                foreach (int first in _components.MaskStarts)
                {
                    for (int i = 0; i < buffer.Count / spec.RowSize; i++) buffer.Floats[(i * spec.RowSize) + first] = 1;
                }

                break;
        }
    }

    private double Compare(InferenceSession session, Dictionary<string, TensorBuffer> values, int batch)
    {
        ActorGraph actor = _export.Build(batch);
        string[] inputs = [.. actor.Inputs.Select(i => i.Spec.Name)], outputs = [.. actor.Outputs.Select(o => o.Spec.Name)];
        using var runOptions = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(runOptions, inputs, [.. inputs.Select(n => values[n].Value)], outputs);
        double worst = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            float[] found = values[outputs[i]].ElementType == ElementType.Int64
                ? [.. results[i].GetTensorDataAsSpan<long>().ToArray().Select(v => (float)v)]
                : results[i].GetTensorDataAsSpan<float>().ToArray();
            double difference = Difference(outputs[i], found, Numbers(values[outputs[i]]), values, batch);
            Check(outputs[i], difference, batch);
            worst = Math.Max(worst, difference);
        }

        return worst;
    }

    private static void Check(string output, double difference, int batch)
    {
        if (!(difference <= Tolerance))
        {
            throw new ParityException(string.Create(
                CultureInfo.InvariantCulture,
                $"The exported policy differs from the training graph: output '{output}' by {difference:G3} at batch {batch}; allowed is {Tolerance:G1}. Nothing was written."));
        }
    }

    private double Difference(string output, float[] found, float[] expected, Dictionary<string, TensorBuffer> values, int batch)
    {
        if (output == NativeProfile.ActionName && values.TryGetValue(PolicyTensors.Candidates, out TensorBuffer? candidates))
            return Enumerable.Range(0, batch).Max(row => CandidateDifference(row, found, candidates.Floats, values[Scores(output)].Floats, batch));
        double worst = 0;
        bool isAction = IsAction(output);
        for (int i = 0; i < found.Length; i++)
        {
            double difference = isAction && _components.IsChoice(i)
                ? ChoiceDifference(output, i, found[i], expected[i], values, batch)
                : Math.Abs(found[i] - expected[i]) / _sizes[output];
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }

    // How far the action is from the nearest candidate that scores as the best one does.
    private double CandidateDifference(int row, float[] found, ReadOnlySpan<float> candidates, ReadOnlySpan<float> scores, int batch)
    {
        int count = scores.Length / batch, size = candidates.Length / scores.Length;
        ReadOnlySpan<float> own = scores.Slice(row * count, count);
        float best = System.Numerics.Tensors.TensorPrimitives.Max(own);
        double nearest = double.PositiveInfinity;
        for (int k = 0; k < count; k++)
        {
            if (!(best - own[k] <= Tolerance * _sizes[Scores(NativeProfile.ActionName)])) continue;
            double difference = 0;
            for (int i = 0; i < size; i++)
            {
                float expected = candidates[(((row * count) + k) * size) + i];
                difference = Math.Max(difference, Math.Abs(found[(row * size) + i] - expected) / Math.Max(1, Math.Abs(expected)));
            }

            nearest = Math.Min(nearest, difference);
        }

        return nearest;
    }

    // How much the two choices differ in what they were chosen by.
    private double ChoiceDifference(string output, int index, float found, float expected, Dictionary<string, TensorBuffer> values, int batch)
    {
        if (found == expected) return 0;
        ReadOnlySpan<float> all = values[Scores(output)].Floats;
        int row = index / _components.Count, width = all.Length / batch;
        ReadOnlySpan<float> scores = all.Slice(row * width, width)[_components.ScoreStart(index)..];
        return Math.Abs(scores[(int)found] - scores[(int)expected]) / _sizes[Scores(output)];
    }

    // What is forbidden has a score far below any other.
    private static double Size(float[] numbers) => numbers.Where(n => n > Forbidden).Select(n => (double)Math.Abs(n)).Append(1).Max();

    private static string Scores(string output) => output + " scores";

    private static bool IsAction(string output) => output is NativeProfile.ActionName or NativeProfile.ActionSampleName;

    // Which option a choice is says nothing of how large numbers are.
    private float[] Real(string name, float[] numbers) => IsAction(name) ? [.. numbers.Where((_, i) => !_components.IsChoice(i))] : numbers;

    private static float[] Numbers(TensorBuffer buffer) =>
        buffer.ElementType == ElementType.Int64 ? [.. buffer.Integers.ToArray().Select(v => (float)v)] : buffer.Floats.ToArray();
}
