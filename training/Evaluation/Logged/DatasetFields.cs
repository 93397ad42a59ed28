using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>The names of a dataset's fields, and what each may hold: the rules that both file formats share.</summary>
internal sealed class DatasetFields
{
    public const string Episode = "episode";
    public const string Observation = "observation";
    public const string Action = "action";
    public const string Reward = "reward";
    public const string Terminated = "terminated";
    public const string Truncated = "truncated";
    public const string BehaviourProbability = "behaviour_probability";
    public const string FinalObservation = "final_observation";
    public const string ActionMask = "action_mask";

    /// <summary>Fields without which nothing can be estimated.</summary>
    public static readonly string[] Required = [Observation, Action, Reward, Terminated, Truncated, BehaviourProbability];

    /// <summary>All fields, in the order in which they are written.</summary>
    public static readonly string[] All = [Episode, .. Required, FinalObservation, ActionMask];

    private readonly string _file;
    private readonly Space _observations;
    private readonly Space _actions;
    private readonly Dictionary<string, (string Name, int Size)[]> _parts = [];
    private readonly (string Name, Space Space)[] _actionParts;
    private readonly bool _isDensity;

    public DatasetFields(string file, Space observations, Space actions)
    {
        (_file, _observations, _actions) = (file, observations, actions);
        if (observations is Dict observed)
            _parts[Observation] = _parts[FinalObservation] = [.. observed.Entries.Select(e => (e.Key, e.Value.Size))];
        _actionParts = [(Action, actions)];
        if (actions is Dict hybrid)
        {
            _parts[Action] = [.. hybrid.Entries.Select(e => (e.Key, e.Value.Size))];
            _parts[ActionMask] = [.. hybrid.Entries.Where(e => e.Value.MaskSize > 0).Select(e => (e.Key, e.Value.MaskSize))];
            _actionParts = [.. hybrid.Entries.Select(e => ($"{Action}.{e.Key}", e.Value))];
        }

        _isDensity = Array.Exists(_actionParts, part => part.Space is Box);
    }

    public int SizeOf(string field) => field switch
    {
        Observation or FinalObservation => _observations.Size,
        Action => _actions.Size,
        ActionMask => _actions.MaskSize,
        _ => 1,
    };

    /// <summary>The names and sizes of a field's parts, where it is of several named ones; empty where it is one list of numbers.</summary>
    public IReadOnlyList<(string Name, int Size)> PartsOf(string field) => _parts.GetValueOrDefault(field, []);

    /// <summary>Says that a part has no such name.</summary>
    public DatasetException UnknownPart(long line, string field, string name) =>
        Wrong(line, $"{field}.{name}", $"a part '{name}'", $"the parts {string.Join(", ", PartsOf(field).Select(part => part.Name))}, each once. Leave the others out.");

    public DatasetException Wrong(long line, string field, string found, string allowed) => new(_file, line, field, found, allowed);

    /// <summary>A step whose values have been read, once they have been looked at.</summary>
    public LoggedStep Checked(long line, LoggedStep step)
    {
        CheckNumbers(line, Observation, step.Observation);
        if (step.FinalObservation is not null) CheckNumbers(line, FinalObservation, step.FinalObservation);
        CheckAction(line, step.Action);
        if (!float.IsFinite(step.Reward)) throw Wrong(line, Reward, $"{step.Reward}", "a finite number.");
        double probability = step.BehaviourProbability;
        if (!(probability > 0 && double.IsFinite(probability)) || (!_isDensity && probability > 1 + 1e-6))
        {
            throw Wrong(line, BehaviourProbability, FormattableString.Invariant($"{probability}"), (_isDensity ? "a density above 0" : "a probability above 0 and at most 1") +
                " of the action that was taken, by the policy that took it: it was taken, so it is not 0.");
        }

        if (step.ActionMask is not null && step.ActionMask.Any(allowed => allowed is not (0 or 1)))
            throw Wrong(line, ActionMask, Text(step.ActionMask), "1 where a choice is allowed and 0 where not.");
        return step;
    }

    /// <summary>Refuses numbers of the wrong count or that are none.</summary>
    public void CheckNumbers(long line, string field, IReadOnlyList<float> values)
    {
        if (values.Count != SizeOf(field))
            throw Wrong(line, field, $"{values.Count} numbers", $"{SizeOf(field)}, as the policy's space is {(field == Action ? _actions : _observations)}. Use a dataset of the same task.");
        for (int i = 0; i < values.Count; i++)
        {
            if (!float.IsFinite(values[i])) throw Wrong(line, $"{field}[{i}]", $"{values[i]}", "a finite number of 32 bits.");
        }
    }

    private void CheckAction(long line, IReadOnlyList<float> action)
    {
        if (action.Count != _actions.Size) CheckNumbers(line, Action, action);
        float[] numbers = [.. action];
        int start = 0;
        foreach ((string name, Space space) in _actionParts)
        {
            ArraySegment<float> part = new(numbers, start, space.Size);
            if (!space.Contains(part)) throw Wrong(line, name, Text(part), $"a value of {space}. Give actions as the environment took them.");
            start += space.Size;
        }
    }

    private static string Text(IReadOnlyList<float> values) => "[" + string.Join(", ", values.Take(8).Select(v => FormattableString.Invariant($"{v}"))) + (values.Count > 8 ? ", …]" : "]");
}
