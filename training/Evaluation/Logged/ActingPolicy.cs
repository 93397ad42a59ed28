using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>A policy's file as a distribution over actions: what it was drawn by, and how probable it holds an action that was taken.</summary>
public sealed class ActingPolicy : IDisposable
{
    private const int MostRows = 1024;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly PolicyManifest _manifest;
    private readonly ActingPart[] _parts;
    private readonly string[] _outputs;

    private ActingPolicy(byte[] model, PolicyManifest manifest, ActingRule rule)
    {
        (_manifest, Rule) = (manifest, rule);
        _parts = ActingPart.Of(manifest);
        _outputs = [NativeProfile.ActionName, .. rule.Temperature == 0 ? [] : _parts.SelectMany(p => p.Outputs).Select(o => o.Name), .. manifest.Recurrent.Select(s => s.Output)];
        using SessionOptions options = ExecutionDevice.Cpu.SessionOptions();
        _session = new InferenceSession(model, options);
    }

    /// <summary>What the policy observes.</summary>
    public Space ObservationSpace => _manifest.ObservationSpace;

    /// <summary>What it answers with.</summary>
    public Space ActionSpace => _manifest.ActionSpace;

    /// <summary>What the file says about itself.</summary>
    public PolicyManifest Manifest => _manifest;

    /// <summary>How it is acted by.</summary>
    public ActingRule Rule { get; }

    /// <summary>Whether actions have probabilities or densities; else real numbers of an action are single points, which have none.</summary>
    public bool HasProbabilities => Rule.Temperature > 0 || Array.TrueForAll(_parts, part => part.Space is not Box);

    /// <summary>Whether what it does depends on what it saw before.</summary>
    public bool Remembers => _manifest.Recurrent.Count > 0 || UsesRewards;

    /// <summary>Whether it takes the reward of the step before.</summary>
    public bool UsesRewards => _manifest.Inputs.Any(i => i.Role == TensorRole.Reward);

    /// <summary>Whether it takes action masks.</summary>
    public bool UsesMasks => _manifest.Inputs.Any(i => i.Role == TensorRole.ActionMask);

    /// <summary>Loads a policy, checked as a host checks it.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="rule">How it is acted by.</param>
    /// <exception cref="PolicyLoadException">The file is no policy, or disagrees with itself.</exception>
    /// <exception cref="NotSupportedException">The file does not tell what the rule needs: the message says which rule can be had.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ActingPolicy Load(string path, ActingRule rule) => Load(path, _ => rule);

    /// <summary>Loads a policy by a rule that depends on what the file says about itself.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="choose">Chooses how it is acted by.</param>
    /// <exception cref="PolicyLoadException">The file is no policy, or disagrees with itself.</exception>
    /// <exception cref="NotSupportedException">The file does not tell what the rule needs: the message says which rule can be had.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ActingPolicy Load(string path, Func<PolicyManifest, ActingRule> choose)
    {
        ArgumentNullException.ThrowIfNull(choose);
        byte[] model = File.ReadAllBytes(path);
        PolicyManifest manifest;
        using (Policy policy = Policy.Load(model, path, new PolicyOptions { Sampling = false })) manifest = policy.Manifest;
        var acting = new ActingPolicy(model, manifest, choose(manifest));
        if (acting.Problem() is not string problem) return acting;
        acting.Dispose();
        throw new NotSupportedException($"{path}: {problem}");
    }

    /// <summary>Whether a file's policy draws actions by itself, in a way that the file tells.</summary>
    /// <param name="manifest">What it says about itself.</param>
    public static bool Draws(PolicyManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return manifest.Outputs.Any(o => o.Role is TensorRole.Logits or TensorRole.LogStd);
    }

    /// <summary>Releases the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    /// <summary>Makes the memory of some episodes at their start.</summary>
    internal PolicyRecall Recall(int rows) => new(_manifest, rows);

    /// <summary>The distributions over actions in some states.</summary>
    /// <param name="count">Number of states.</param>
    /// <param name="observations">Their rows.</param>
    /// <param name="masks">What is allowed; empty for everything.</param>
    /// <param name="recall">Memory of as many episodes; moved on by a step. Null for a policy that does not remember.</param>
    internal ActionRows Rows(int count, ReadOnlySpan<float> observations, ReadOnlySpan<float> masks, PolicyRecall? recall = null)
    {
        float[] modes = new float[count * ActionSpace.Size];
        var said = new Dictionary<string, float[]>();
        if (Rule.Temperature > 0)
        {
            foreach (TensorSpec output in _parts.SelectMany(p => p.Outputs)) said[output.Name] = new float[count * output.RowSize];
        }

        if (!UsesMasks) masks = [];
        for (int start = 0; start < count; start += MostRows)
        {
            int rows = Math.Min(MostRows, count - start);
            using IDisposableReadOnlyCollection<OrtValue> results = Run(start, rows, observations, masks, recall);
            for (int i = 0; i < _outputs.Length; i++)
            {
                string name = _outputs[i];
                if (name == NativeProfile.ActionName) ReadActions(results[i], modes.AsSpan(start * ActionSpace.Size));
                else if (said.TryGetValue(name, out float[]? all)) results[i].GetTensorDataAsSpan<float>().CopyTo(all.AsSpan(start * (all.Length / count)));
                else recall!.Take(name, start, results[i].GetTensorDataAsSpan<float>());
            }
        }

        if (_parts is [ActingPart whole]) return whole.Rows(Rule, modes, said, masks);
        var made = new ActionRows[_parts.Length];
        for (int i = 0; i < made.Length; i++) made[i] = _parts[i].Rows(Rule, ActionSpace, count, modes, said, masks);
        return new HybridRows(Rule, made, [.. _parts.Select(p => p.Space.Size)]);
    }

    /// <summary>Number of choices of each branch of an action; empty where it has real numbers.</summary>
    internal static int[] Branches(Space space) => space switch
    {
        Discrete discrete => [discrete.N],
        MultiDiscrete multi => [.. multi.Branches],
        MultiBinary binary => [.. Enumerable.Repeat(2, binary.N)],
        Dict dict when dict.Entries.All(e => e.Value is not Box) => [.. dict.Entries.SelectMany(e => Branches(e.Value))],
        _ => [],
    };

    private string? Problem() => _parts.Select(part => part.Problem(Rule, _manifest.Algorithm)).FirstOrDefault(problem => problem is not null);

    private IDisposableReadOnlyCollection<OrtValue> Run(int start, int rows, ReadOnlySpan<float> observations, ReadOnlySpan<float> masks, PolicyRecall? recall)
    {
        var values = new List<OrtValue>();
        try
        {
            int offset = 0;
            foreach (TensorSpec spec in _manifest.Inputs)
            {
                float[] data = new float[rows * spec.RowSize];
                switch (spec.Role)
                {
                    case TensorRole.Observation:
                        for (int row = 0; row < rows; row++)
                            observations.Slice(((start + row) * ObservationSpace.Size) + offset, spec.RowSize).CopyTo(data.AsSpan(row * spec.RowSize));
                        offset += spec.RowSize;
                        break;
                    case TensorRole.ActionMask when !masks.IsEmpty:
                        masks.Slice(start * spec.RowSize, data.Length).CopyTo(data);
                        break;
                    case TensorRole.StateIn or TensorRole.Reward:
                        recall!.Give(spec.Name, start, data);
                        break;
                    default:
                        // All is allowed; noise is not looked at, and its logarithm must be a number.
                        Array.Fill(data, spec.Role == TensorRole.Noise ? 0.5f : 1);
                        break;
                }

                values.Add(OrtValue.CreateTensorValueFromMemory(data, [.. spec.Shape.Select(n => n == TensorSpec.Batch ? rows : (long)n)]));
            }

            return _session.Run(_runOptions, [.. _manifest.Inputs.Select(i => i.Name)], values, _outputs);
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    private void ReadActions(OrtValue value, Span<float> actions)
    {
        if (ActionSpace is Box or Dict)
        {
            value.GetTensorDataAsSpan<float>().CopyTo(actions);
            return;
        }

        ReadOnlySpan<long> choices = value.GetTensorDataAsSpan<long>();
        for (int i = 0; i < choices.Length; i++) actions[i] = choices[i];
    }
}

/// <summary>What a policy that remembers knows of some episodes: its state, the reward before, and the action before as it was in fact taken.</summary>
internal sealed class PolicyRecall
{
    private readonly PolicyManifest _manifest;
    private readonly ActionHead _head;
    private readonly ActionScaling _scaling;
    private readonly Dictionary<string, float[]> _inputs;
    private readonly Dictionary<string, string> _carriers;

    public PolicyRecall(PolicyManifest manifest, int rows)
    {
        _manifest = manifest;
        _head = ActionHead.For(manifest.ActionSpace);
        _scaling = new ActionScaling(manifest.ActionSpace);
        _inputs = manifest.Inputs.Where(i => i.Role is TensorRole.StateIn or TensorRole.Reward).ToDictionary(i => i.Name, i => new float[rows * i.RowSize]);
        _carriers = manifest.Recurrent.ToDictionary(s => s.Output, s => s.Input);
    }

    /// <summary>Puts an episode to its start.</summary>
    public void Reset(int row)
    {
        foreach ((string name, float[] values) in _inputs) values.AsSpan(row * SizeOf(name), SizeOf(name)).Clear();
    }

    /// <summary>Tells of an action that was taken and the reward for it.</summary>
    public void Tell(int row, ReadOnlySpan<float> action, float reward)
    {
        foreach ((string name, float[] values) in _inputs)
        {
            if (name == NativeProfile.RewardName) values[row] = reward;
            // A piece of state that differs with what was drawn is the action itself.
            if (!_manifest.Recurrent.Any(s => s.Input == name && s.SampleOutput is not null)) continue;
            float[] learned = action.ToArray();
            _scaling.FromEnvironment(learned);
            _head.Encode(learned, values.AsSpan(row * SizeOf(name), SizeOf(name)));
        }
    }

    public void Give(string input, int start, Span<float> data) => _inputs[input].AsSpan(start * SizeOf(input), data.Length).CopyTo(data);

    public void Take(string output, int start, ReadOnlySpan<float> data)
    {
        string input = _carriers[output];
        data.CopyTo(_inputs[input].AsSpan(start * SizeOf(input)));
    }

    private int SizeOf(string input) => _manifest.Inputs.First(i => i.Name == input).RowSize;
}
