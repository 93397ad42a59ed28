using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// What the evaluated policy makes of the logged states. Points are the states: first those of the steps, in their order, then the last observations of episodes
/// that were cut off. At each point there are candidates, actions with weights, over which expectations of the policy are taken: all choices where they can be
/// listed, else some drawn ones.
/// </summary>
internal sealed class TargetView
{
    /// <summary>In <see cref="Next"/>: the task ended the episode.</summary>
    public const int Ended = -1;

    /// <summary>In <see cref="Next"/>: what followed was not logged.</summary>
    public const int Unknown = -2;

    private const int MostChoices = 64;
    private const int Draws = 8;
    private readonly LoggedDataset _data;
    private readonly ActingPolicy _policy;
    private readonly ActionHead _head;
    private readonly ActionScaling _scaling;
    private readonly float[]? _choices;
    private readonly ulong _seed;

    public TargetView(LoggedDataset data, ActingPolicy policy, ulong seed)
    {
        (_data, _policy, _seed) = (data, policy, seed);
        _head = ActionHead.For(data.ActionSpace);
        _scaling = new ActionScaling(data.ActionSpace);
        _choices = Choices(data.ActionSpace);
        Rewards = data.Rewards();
        Actions = data.Actions();
        (Observations, Next) = Points();
        int acted = data.ActionSpace.Size;
        Candidates = _choices is not null ? _choices.Length / acted : policy.Rule.IsDeterministic ? 1 : Draws;
        Weights = new double[PointCount * Candidates];
        CandidateActions = new float[PointCount * Candidates * acted];
        LogTarget = policy.HasProbabilities ? new double[data.Steps] : null;
        if (policy.Remembers) Replay();
        else Look();
    }

    /// <summary>Number of points.</summary>
    public int PointCount => Observations.Length / _data.ObservationSpace.Size;

    /// <summary>[points, observation size]</summary>
    public float[] Observations { get; }

    /// <summary>The point that follows each step, or <see cref="Ended"/> or <see cref="Unknown"/>.</summary>
    public int[] Next { get; }

    /// <summary>r of each step.</summary>
    public float[] Rewards { get; }

    /// <summary>a of each step, [steps, action size].</summary>
    public float[] Actions { get; }

    /// <summary>ln π(a|s) of the logged actions; null where one real-valued action is taken, which has no density.</summary>
    public double[]? LogTarget { get; }

    /// <summary>Number of candidates at each point, m.</summary>
    public int Candidates { get; }

    /// <summary>Whether the candidates are all choices there are, the same and in the same order at each point.</summary>
    public bool ListsChoices => _choices is not null;

    /// <summary>[points, m], 1 in sum at each point.</summary>
    public double[] Weights { get; }

    /// <summary>[points, m, action size]</summary>
    public float[] CandidateActions { get; }

    /// <summary>Whether weights at a point follow from what is observed there alone.</summary>
    public bool IsMemoryless => !_policy.Remembers && !(_policy.UsesMasks && _data.HasMasks);

    /// <summary>The candidate that an action is, where all choices are listed.</summary>
    public int IndexOf(int step)
    {
        int acted = _data.ActionSpace.Size;
        for (int j = 0; j < Candidates; j++)
        {
            if (Actions.AsSpan(step * acted, acted).SequenceEqual(_choices.AsSpan(j * acted, acted))) return j;
        }

        throw new InvalidOperationException($"The action of step {step} is none of the listed ones.");
    }

    /// <summary>Number of floats of an action as a network reads it.</summary>
    public int EncodedSize => _head.EncodedSize;

    /// <summary>Writes an action as a network reads it.</summary>
    public void Encode(ReadOnlySpan<float> action, Span<float> encoded)
    {
        float[] learned = action.ToArray();
        _scaling.FromEnvironment(learned);
        _head.Encode(learned, encoded);
    }

    // All actions where they are few, branch by branch, the last one turning fastest.
    private static float[]? Choices(Space space)
    {
        int[] branches = ActingPolicy.Branches(space);
        long count = branches.Aggregate(1L, (product, n) => Math.Min(product * n, MostChoices + 1));
        if (branches.Length == 0 || count > MostChoices) return null;
        float[] choices = new float[count * branches.Length];
        for (int j = 0; j < count; j++)
        {
            for (int branch = branches.Length - 1, rest = j; branch >= 0; rest /= branches[branch--])
                choices[(j * branches.Length) + branch] = rest % branches[branch];
        }

        return choices;
    }

    private (float[] Observations, int[] Next) Points()
    {
        var observations = new List<float>(_data.Observations());
        int[] next = new int[_data.Steps];
        int points = _data.Steps;
        for (int episode = 0; episode < _data.Episodes; episode++)
        {
            int last = _data.Start(episode) + _data.Length(episode) - 1;
            for (int i = _data.Start(episode); i < last; i++) next[i] = i + 1;
            float[]? final = _data.FinalObservation(episode);
            next[last] = _data.IsTerminated(episode) ? Ended : final is null ? Unknown : points++;
            if (next[last] >= 0) observations.AddRange(final!);
        }

        return ([.. observations], next);
    }

    private void Look()
    {
        float[] masks = _data.Masks();
        int steps = _data.Steps, observed = _data.ObservationSpace.Size;
        ActionRows rows = _policy.Rows(steps, Observations, masks);
        for (int i = 0; i < steps; i++) Take(i, rows, i);
        ActionRows finals = _policy.Rows(PointCount - steps, Observations.AsSpan(steps * observed), []);
        for (int i = steps; i < PointCount; i++) Take(i, finals, i - steps);
    }

    // Step by step through all episodes side by side: what the policy remembers comes from what was in fact observed and done.
    private void Replay()
    {
        int observed = _data.ObservationSpace.Size, acted = _data.ActionSpace.Size, choices = _data.ActionSpace.MaskSize;
        float[] masks = _data.Masks();
        PolicyRecall recall = _policy.Recall(_data.Episodes);
        int[] points = [.. Enumerable.Range(0, _data.Episodes).Select(_data.Start)];
        float[] observations = new float[points.Length * observed], allowed = new float[masks.Length == 0 ? 0 : points.Length * choices];
        while (Array.Exists(points, point => point >= 0))
        {
            for (int episode = 0; episode < points.Length; episode++)
            {
                int point = points[episode];
                if (point < 0) continue;
                Observations.AsSpan(point * observed, observed).CopyTo(observations.AsSpan(episode * observed));
                if (allowed.Length == 0) continue;
                if (point < _data.Steps) masks.AsSpan(point * choices, choices).CopyTo(allowed.AsSpan(episode * choices));
                else allowed.AsSpan(episode * choices, choices).Fill(1);
            }

            ActionRows rows = _policy.Rows(points.Length, observations, allowed, recall);
            for (int episode = 0; episode < points.Length; episode++)
            {
                int point = points[episode];
                if (point < 0) continue;
                Take(point, rows, episode);
                points[episode] = point < _data.Steps ? Next[point] : Ended;
                if (point < _data.Steps) recall.Tell(episode, Actions.AsSpan(point * acted, acted), Rewards[point]);
            }
        }
    }

    private void Take(int point, ActionRows rows, int row)
    {
        int acted = _data.ActionSpace.Size;
        if (LogTarget is not null && point < _data.Steps) LogTarget[point] = rows.LogProbability(row, Actions.AsSpan(point * acted, acted));
        Span<float> candidates = CandidateActions.AsSpan(point * Candidates * acted, Candidates * acted);
        Span<double> weights = Weights.AsSpan(point * Candidates, Candidates);
        if (_choices is not null)
        {
            _choices.CopyTo(candidates);
            for (int j = 0; j < Candidates; j++) weights[j] = rows.Probability(row, candidates.Slice(j * acted, acted));
            return;
        }

        var random = new RandomGenerator(_seed, (ulong)point);
        weights.Fill(1.0 / Candidates);
        for (int j = 0; j < Candidates; j++) rows.Draw(row, random, candidates.Slice(j * acted, acted));
    }
}
