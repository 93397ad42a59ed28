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
    private const string ActionValues = "q_values";
    private const int MostRows = 1024;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly PolicyManifest _manifest;
    private readonly TensorSpec? _scores;
    private readonly TensorSpec? _mean;
    private readonly TensorSpec? _deviation;
    private readonly string[] _outputs;

    private ActingPolicy(byte[] model, PolicyManifest manifest, ActingRule rule)
    {
        (_manifest, Rule) = (manifest, rule);
        _scores = manifest.Outputs.FirstOrDefault(o => o.Role == TensorRole.Logits) ?? manifest.Outputs.FirstOrDefault(o => o.Role == TensorRole.Extra && o.Name == ActionValues);
        _mean = manifest.Outputs.FirstOrDefault(o => o.Role == TensorRole.Mean);
        _deviation = manifest.Outputs.FirstOrDefault(o => o.Role == TensorRole.LogStd);
        string?[] wanted = [NativeProfile.ActionName, .. rule.Temperature == 0 ? [] : new[] { _scores?.Name, _mean?.Name, _deviation?.Name }, .. manifest.Recurrent.Select(s => s.Output)];
        _outputs = [.. wanted.OfType<string>()];
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

    /// <summary>Whether actions have probabilities or densities; else one real-valued action is taken, which has none.</summary>
    public bool HasProbabilities => ActionSpace is not Box || Rule.Temperature > 0;

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
        float[] modes = new float[count * ActionSpace.Size], scores = new float[_scores is null ? 0 : count * _scores.RowSize];
        float[] means = new float[_mean is null ? 0 : count * _mean.RowSize], deviations = new float[_deviation is null ? 0 : count * _deviation.RowSize];
        if (!UsesMasks) masks = [];
        for (int start = 0; start < count; start += MostRows)
        {
            int rows = Math.Min(MostRows, count - start);
            using IDisposableReadOnlyCollection<OrtValue> results = Run(start, rows, observations, masks, recall);
            for (int i = 0; i < _outputs.Length; i++)
            {
                string name = _outputs[i];
                if (name == NativeProfile.ActionName) ReadActions(results[i], modes.AsSpan(start * ActionSpace.Size));
                else if (name == _scores?.Name) Read(results[i], scores, start * _scores.RowSize);
                else if (name == _mean?.Name) Read(results[i], means, start * _mean.RowSize);
                else if (name == _deviation?.Name) Read(results[i], deviations, start * _deviation.RowSize);
                else recall!.Take(name, start, results[i].GetTensorDataAsSpan<float>());
            }
        }

        if (ActionSpace is Box box) return new RealRows(box, Rule, modes, means, deviations, _deviation?.Name == NativeProfile.SquashedLogStdName);
        if (ActionSpace is MultiBinary) scores = PairsOf(scores);
        return new ChoiceRows(Branches(ActionSpace), Rule, modes, scores, masks);
    }

    /// <summary>Number of choices of each branch of an action; empty for real numbers.</summary>
    internal static int[] Branches(Space space) => space switch
    {
        Discrete discrete => [discrete.N],
        MultiDiscrete multi => [.. multi.Branches],
        MultiBinary binary => [.. Enumerable.Repeat(2, binary.N)],
        _ => [],
    };

    private string? Problem()
    {
        if (ActionSpace is not (Box or Discrete or MultiDiscrete or MultiBinary)) return $"probabilities of actions of {ActionSpace} are not to be had; Box, Discrete, MultiDiscrete and MultiBinary have them.";
        if (ActionSpace is Box box)
        {
            if (Rule.Epsilon > 0 && !box.IsBounded) return $"epsilon is {Rule.Epsilon}, and there is no uniform action in {box}, which has a side without bound. Leave epsilon out.";
            if (Rule.Epsilon > 0 && Rule.Temperature == 0) return "with epsilon alone, a real-valued action is uniform or one single point, which together have no density. Give a temperature above 0 too.";
            if (Rule.Temperature > 0 && (_mean is null || _deviation is null))
            {
                return $"the file of {_manifest.Algorithm} does not tell the density of its actions (outputs with the roles mean and log_std). " +
                    "ppo, a2c, trpo, acer, sac and their like do once they are exported anew, td3 and ddpg with their noise; other policies are evaluated by their deterministic action and fqe.";
            }
        }
        else if (Rule.Temperature > 0 && _scores is null)
        {
            return $"the file of {_manifest.Algorithm} tells neither logits nor action values to draw by. Use temperature 0, with epsilon where other actions are to be tried.";
        }

        return null;
    }

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
        if (ActionSpace is Box)
        {
            value.GetTensorDataAsSpan<float>().CopyTo(actions);
            return;
        }

        ReadOnlySpan<long> choices = value.GetTensorDataAsSpan<long>();
        for (int i = 0; i < choices.Length; i++) actions[i] = choices[i];
    }

    private static void Read(OrtValue value, float[] rows, int start) => value.GetTensorDataAsSpan<float>().CopyTo(rows.AsSpan(start));

    // A bit of logit x is a choice between 0, of score 0, and 1, of score x.
    private static float[] PairsOf(float[] logits)
    {
        float[] pairs = new float[2 * logits.Length];
        for (int i = 0; i < logits.Length; i++) pairs[(2 * i) + 1] = logits[i];
        return pairs;
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
