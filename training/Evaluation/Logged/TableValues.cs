using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// A value for each pair of a state and a choice that can be counted: regression is then the mean. A pair that the counted episodes lack keeps the mean of all
/// episodes, and one that none has is 0.
/// </summary>
internal sealed class TableValues : FittedValues
{
    private const double Trace = 1e-9;
    private readonly LoggedDataset _data;
    private readonly TargetView _view;
    private readonly int _choices;
    private readonly int[] _states;
    private readonly int[] _pairs;
    private readonly int[] _transitions;
    private readonly List<(int Pair, int State)> _kinds = [];
    private readonly double[] _policy;

    /// <summary>Counts states and pairs.</summary>
    public TableValues(LoggedDataset data, TargetView view)
    {
        (_data, _view, _choices) = (data, view, view.Candidates);
        _states = Number(view.Observations, data.ObservationSpace.Size);
        _policy = new double[(_states.Max() + 1) * _choices];
        for (int point = 0; point < _states.Length; point++)
            view.Weights.AsSpan(point * _choices, _choices).CopyTo(_policy.AsSpan(_states[point] * _choices));
        _pairs = [.. Enumerable.Range(0, data.Steps).Select(step => (_states[step] * _choices) + view.IndexOf(step))];
        _transitions = Transitions();
    }

    protected override int Size => _policy.Length;

    /// <summary>How often each pair of a state and a choice was logged, [states, choices].</summary>
    public int[] Visits
    {
        get
        {
            int[] visits = new int[Size];
            foreach (int pair in _pairs) visits[pair]++;
            return visits;
        }
    }

    /// <summary>π(a|s), [states, choices].</summary>
    public ReadOnlySpan<double> Policy => _policy;

    /// <summary>Whether a table fits a task: states that can be counted, choices that can be listed, and a policy that looks at the state alone.</summary>
    public static bool Suits(LoggedDataset data, TargetView view) => view is { ListsChoices: true, IsMemoryless: true } &&
        (data.ObservationSpace is Dict dict ? dict.Entries.All(e => e.Value is not Box) : data.ObservationSpace is not Box);

    public override double ActionValue(int step, double[] coefficients) => coefficients[_pairs[step]];

    public override double Value(int point, double[] coefficients) => StateValue(_states[point], coefficients);

    protected override Action<double[], double[]> Regression(ReadOnlySpan<double> counts, double gamma)
    {
        double[] rewards = new double[Size], visits = new double[Size], weights = new double[_kinds.Count], values = new double[Size / _choices];
        for (int episode = 0; episode < _data.Episodes; episode++)
        {
            double count = counts[episode] + Trace;
            for (int step = _data.Start(episode); step < _data.Start(episode) + _data.Length(episode); step++)
            {
                if (_view.Next[step] == TargetView.Unknown) continue;
                rewards[_pairs[step]] += count * _view.Rewards[step];
                visits[_pairs[step]] += count;
                if (_transitions[step] >= 0) weights[_transitions[step]] += count;
            }
        }

        return (before, after) =>
        {
            for (int state = 0; state < values.Length; state++) values[state] = StateValue(state, before);
            rewards.CopyTo(after, 0);
            for (int i = 0; i < weights.Length; i++) after[_kinds[i].Pair] += gamma * weights[i] * values[_kinds[i].State];
            for (int pair = 0; pair < after.Length; pair++) after[pair] = visits[pair] > 0 ? after[pair] / visits[pair] : 0;
        };
    }

    private double StateValue(int state, double[] coefficients)
    {
        double value = 0;
        for (int i = state * _choices; i < (state + 1) * _choices; i++) value += _policy[i] * coefficients[i];
        return value;
    }

    private int[] Transitions()
    {
        var known = new Dictionary<(int, int), int>();
        int[] transitions = new int[_data.Steps];
        for (int step = 0; step < transitions.Length; step++)
        {
            transitions[step] = -1;
            if (_view.Next[step] < 0) continue;
            (int, int) kind = (_pairs[step], _states[_view.Next[step]]);
            if (!known.TryGetValue(kind, out transitions[step]))
            {
                known[kind] = transitions[step] = _kinds.Count;
                _kinds.Add(kind);
            }
        }

        return transitions;
    }

    // Rows that are equal have one number.
    private static int[] Number(float[] rows, int width)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] states = new int[rows.Length / width];
        for (int i = 0; i < states.Length; i++)
        {
            string row = string.Join(' ', rows.Skip(i * width).Take(width).Select(BitConverter.SingleToInt32Bits));
            if (!numbers.TryGetValue(row, out states[i])) numbers[row] = states[i] = numbers.Count;
        }

        return states;
    }
}
