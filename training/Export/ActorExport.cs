using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Export;

/// <summary>A policy ready to be written: the model's bytes, with the manifest inside, and the manifest.</summary>
/// <param name="Model">The ONNX file.</param>
/// <param name="Manifest">What it says about itself.</param>
public sealed record ExportedPolicy(byte[] Model, PolicyManifest Manifest);

/// <summary>
/// Writes a policy as a deployable model by the native convention (<see cref="NativeProfile"/>): normaliser and
/// action scaling inside, symbolic batch, plain ONNX operators, the deterministic action first, a sampled one from explicit noise.
/// </summary>
public sealed class ActorExport
{
    /// <summary>The ONNX operator set of exported policies.</summary>
    public const int Opset = 15;

    private static readonly string[] _reserved =
    [
        NativeProfile.ActionMaskName, NativeProfile.NoiseName, NativeProfile.UniformNoiseName, NativeProfile.ActionName, NativeProfile.ActionSampleName, NativeProfile.LogStdName, NativeProfile.SquashedLogStdName, "logits", "mean", "q_values", "candidates", "observation_mean", "observation_scale", NativeProfile.RewardName,
    ];

    private static readonly string[] _reservedStarts = ["actor.", "critic.", "memory.", "q.", "logits.", "mean.", NativeProfile.LogStdName + "."];

    private readonly ExecutionDevice _device;
    private readonly IPolicyNetwork _model;
    private readonly StateVector _parameters;
    private readonly ObservationStatistics _statistics;

    /// <summary>Makes an exporter.</summary>
    /// <param name="device">Where the training graph runs that the file is compared with.</param>
    /// <param name="model">The networks.</param>
    /// <param name="parameters">Their parameters.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    public ActorExport(ExecutionDevice device, IPolicyNetwork model, StateVector parameters, ObservationStatistics statistics)
    {
        _device = device;
        _model = model;
        _parameters = parameters;
        _statistics = statistics;
    }

    /// <summary>Makes the model and checks that it answers as the training graph does.</summary>
    /// <param name="record">What the manifest says about the run.</param>
    /// <exception cref="ParityException">It does not; nothing is to be written then.</exception>
    public ExportedPolicy Export(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        ActorGraph actor = Build(Dimension.Batch);
        PolicyManifest manifest = Describe(actor, record);
        var check = new ParityTest(_device, _model, _parameters, _statistics, this);
        byte[] first = Write(actor, manifest);
        ParityCheck parity = check.Run(first, record.Seed);
        parity = new ParityCheck(Math.Max(parity.MaxAbsError, check.RunChained(first, record.Seed)), parity.Batches);
        manifest = manifest with { Parity = parity };
        byte[] model = Write(actor, manifest);
        check.RunThroughRuntime(model);
        return new ExportedPolicy(model, manifest);
    }

    /// <summary>
    /// Entries of a dictionary whose names an exported policy needs for itself, as problems to be told before training: each entry is an input
    /// of the file under its own name.
    /// </summary>
    /// <param name="observationSpace">The observation space.</param>
    public static IEnumerable<string> NameProblems(Space observationSpace)
    {
        if (observationSpace is not Dict dict) yield break;
        foreach (string name in dict.Entries.Select(e => e.Key).Where(IsReserved))
        {
            yield return $"The observation space has an entry '{name}', which is a name of the exported file's own: {string.Join(", ", _reserved)}, " +
                $"and what starts with one of {string.Join(", ", _reservedStarts)}. Give the entry another name.";
        }
    }

    private static bool IsReserved(string name) =>
        _reserved.Contains(name) || _reservedStarts.Any(start => name.StartsWith(start, StringComparison.Ordinal));

    /// <summary>The actor in a graph of its own.</summary>
    /// <param name="batch">The batch, symbolic or known.</param>
    internal ActorGraph Build(Dimension batch)
    {
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var inputs = new List<(TensorSpec Spec, Tensor Tensor)>();
        Tensor Declare(TensorSpec spec)
        {
            Tensor input = graph.Input(spec.Name, Shape.Create([.. spec.Shape.Select(l => l == TensorSpec.Batch ? batch : (Dimension)l)]));
            inputs.Add((spec, input));
            return input;
        }

        Tensor[] observations = [.. NativeProfile.Observations(_model.ObservationSpace).Select(s => Op.Reshape(Declare(s), [batch, s.RowSize]))];
        Tensor? mask = _model.Masked ? Declare(NativeProfile.ActionMask(_model.ActionSpace)) : null;
        Tensor noise = Op.Concat([.. NativeProfile.Noises(_model.ActionSpace).Select(Declare)], 1);
        var recurrent = new List<StateSpec>();
        MemoryInputs? memory = _model.Memory is null ? null : DeclareMemory(_model.Memory, Declare, recurrent);
        PolicyTensors policy = _model.Act(scope, new PolicyInputs(_model.Encoder.Encode(observations), mask, noise, Memory: memory));
        List<(TensorSpec, Tensor)> named =
        [
            (NativeProfile.Action(_model.ActionSpace), Native(policy.Mode, batch)),
            (NativeProfile.ActionSample(_model.ActionSpace), Native(policy.Sample, batch)),
            .. policy.Outputs.Select(o => (new TensorSpec(o.Name, TensorElement.Float32, [TensorSpec.Batch, (int)o.Tensor.Shape[1].Value], o.Role), o.Tensor)),
        ];
        if (policy.Memory is not null) named.AddRange(StateOutputs(_model.Memory!, policy.Memory));
        return new ActorGraph(graph, scope, inputs, named, recurrent, policy.ModeScores, policy.SampleScores);
    }

    // Only what the actor reads: the critic's state stays behind. The action before is state too, so that a host need not give it.
    private static MemoryInputs DeclareMemory(PolicyMemory memory, Func<TensorSpec, Tensor> declare, List<StateSpec> recurrent)
    {
        Tensor[] state = [.. memory.ActorParts.Select(part => declare(State(part + "_in", memory.Size, TensorRole.StateIn)))];
        recurrent.AddRange(memory.ActorParts.Select(part => new StateSpec($"memory.{part}_in", $"memory.{part}_out")));
        var previous = new List<Tensor>();
        if (memory.EncodedActionSize > 0)
        {
            previous.Add(declare(State("action_in", memory.EncodedActionSize, TensorRole.StateIn)));
            recurrent.Add(new StateSpec("memory.action_in", "memory.action_out") { SampleOutput = "memory.action_sample_out" });
        }

        if (memory.PreviousReward) previous.Add(declare(NativeProfile.Reward));
        return new MemoryInputs(state, null, previous.Count == 0 ? null : Op.Concat(previous, 1));
    }

    private static IEnumerable<(TensorSpec, Tensor)> StateOutputs(PolicyMemory memory, MemoryTensors said)
    {
        foreach ((string part, Tensor state) in memory.ActorParts.Zip(said.Actor)) yield return (State(part + "_out", memory.Size, TensorRole.StateOut), state);
        if (memory.EncodedActionSize == 0) yield break;
        yield return (State("action_out", memory.EncodedActionSize, TensorRole.StateOut), said.Mode);
        yield return (State("action_sample_out", memory.EncodedActionSize, TensorRole.StateOut), said.Sample);
    }

    private static TensorSpec State(string name, int size, TensorRole role) => new($"memory.{name}", TensorElement.Float32, [TensorSpec.Batch, size], role);

    private Tensor Native(Tensor action, Dimension batch)
    {
        Tensor scaled = _model.Scaling.ToEnvironment(action);
        return _model.ActionSpace switch
        {
            Box box => Op.Reshape(scaled, Shape.Create([batch, .. box.Shape.Select(l => (Dimension)l)])),
            Dict => scaled,
            Discrete => Op.Reshape(Op.Cast(scaled, ElementType.Int64), [batch]),
            _ => Op.Cast(scaled, ElementType.Int64),
        };
    }

    private byte[] Write(ActorGraph actor, PolicyManifest manifest)
    {
        var values = actor.Scope.Used.ToDictionary(p => actor.Scope[p], p => _parameters[p.Name].ToArray());
        if (_model.Encoder.Normalizes)
        {
            values[_model.Encoder.Mean(actor.Graph)] = _statistics.Mean.Floats.ToArray();
            values[_model.Encoder.Scale(actor.Graph)] = _statistics.Scale.Floats.ToArray();
        }

        return OnnxWriter.Write(new ModelDefinition("policy", [.. actor.Inputs.Select(i => i.Tensor)], [.. actor.Outputs.Select(o => KeyValuePair.Create(o.Spec.Name, o.Tensor))])
        {
            Opset = Opset,
            Values = values,
            Metadata = [new(PolicyManifest.MetadataKey, manifest.ToJson())],
        });
    }

    private PolicyManifest Describe(ActorGraph actor, RunRecord record) =>
        new(_model.ObservationSpace, _model.ActionSpace, actor.Inputs.Select(i => i.Spec), actor.Outputs.Select(o => o.Spec))
        {
            Recurrent = actor.Recurrent,
            Algorithm = record.Algorithm,
            Environment = record.Environment,
            Seed = record.Seed,
            Steps = record.Steps,
            Score = record.Score,
            NormalizesObservations = _model.Encoder.Normalizes,
            RescalesActions = _model.Scaling.Rescales,
            Opset = Opset,
            PipelineVersion = typeof(ActorExport).Assembly.GetName().Version?.ToString(3) ?? string.Empty,
            OnnxRuntimeVersion = OrtEnv.Instance().GetVersionString(),
        };
}

/// <summary>An actor in a graph: its inputs and outputs with what the manifest says of them, and what its choices are made by.</summary>
internal sealed record ActorGraph(
    Graph Graph, ParameterScope Scope, IReadOnlyList<(TensorSpec Spec, Tensor Tensor)> Inputs, IReadOnlyList<(TensorSpec Spec, Tensor Tensor)> Outputs,
    IReadOnlyList<StateSpec> Recurrent, Tensor? ModeScores, Tensor? SampleScores);
