using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// Whole episodes of a dataset in memory, step after step, episode after episode. An episode ends where a step is terminated or truncated, or where the next
/// step is of another episode: such an end is neither, the log stops there.
/// </summary>
public sealed class LoggedDataset
{
    private readonly List<float> _observations = [];
    private readonly List<float> _actions = [];
    private readonly List<float> _rewards = [];
    private readonly List<bool> _terminated = [];
    private readonly List<bool> _truncated = [];
    private readonly List<double> _behaviour = [];
    private readonly List<float> _masks = [];
    private readonly List<int> _starts = [0];
    private readonly List<float[]?> _finals = [];

    private LoggedDataset(Space observationSpace, Space actionSpace) => (ObservationSpace, ActionSpace) = (observationSpace, actionSpace);

    /// <summary>What observations look like.</summary>
    public Space ObservationSpace { get; }

    /// <summary>What actions look like.</summary>
    public Space ActionSpace { get; }

    /// <summary>Number of steps, N.</summary>
    public int Steps => _rewards.Count;

    /// <summary>Number of episodes, n.</summary>
    public int Episodes => _starts.Count - 1;

    /// <summary>Steps of the longest episode.</summary>
    public int LongestEpisode => Enumerable.Range(0, Episodes).Max(Length);

    /// <summary>Whether every step tells which choices were allowed.</summary>
    public bool HasMasks => _masks.Count > 0;

    /// <summary>Takes in a file.</summary>
    /// <param name="path">The file, see <see cref="DatasetFile"/>.</param>
    /// <param name="observationSpace">What observations look like.</param>
    /// <param name="actionSpace">What actions look like.</param>
    /// <exception cref="DatasetException">A line is wrong, episodes are mixed up, or there is no step.</exception>
    public static LoggedDataset Load(string path, Space observationSpace, Space actionSpace) =>
        From(DatasetFile.Read(path, observationSpace, actionSpace), path, observationSpace, actionSpace);

    /// <summary>Takes in steps.</summary>
    /// <param name="steps">The steps, those of an episode one after another.</param>
    /// <param name="name">What to call them in errors.</param>
    /// <param name="observationSpace">What observations look like.</param>
    /// <param name="actionSpace">What actions look like.</param>
    /// <exception cref="DatasetException">Episodes are mixed up, some steps have masks and others none, or there is no step.</exception>
    public static LoggedDataset From(IEnumerable<LoggedStep> steps, string name, Space observationSpace, Space actionSpace)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        var dataset = new LoggedDataset(observationSpace, actionSpace);
        var closed = new HashSet<string>(StringComparer.Ordinal);
        LoggedStep? last = null;
        foreach (LoggedStep step in steps)
        {
            if (last is not null && (Ends(last) || last.Episode != step.Episode)) dataset.Close(last, closed);
            if (step.Episode is string episode && closed.Contains(episode))
            {
                throw new DatasetException(
                    name, $"step {dataset.Steps + 1} is of the episode '{episode}', which had ended before it. Put the steps of an episode one after another, and give each episode a name of its own.");
            }

            dataset.Add(step, name);
            last = step;
        }

        if (last is null) throw new DatasetException(name, "it holds no step. Record one with `record`, or check how it was written.");
        dataset.Close(last, closed);
        return dataset;
    }

    /// <summary>Number of steps of an episode.</summary>
    /// <param name="episode">The episode, from 0.</param>
    public int Length(int episode) => _starts[episode + 1] - _starts[episode];

    /// <summary>The first step of an episode.</summary>
    /// <param name="episode">The episode, from 0.</param>
    public int Start(int episode) => _starts[episode];

    /// <summary>What was observed after the last step of an episode; null where it is not known.</summary>
    /// <param name="episode">The episode, from 0.</param>
    public float[]? FinalObservation(int episode) => _finals[episode];

    /// <summary>Whether the task ended an episode; else it was cut off, or the log stops.</summary>
    /// <param name="episode">The episode, from 0.</param>
    public bool IsTerminated(int episode) => _terminated[_starts[episode + 1] - 1];

    /// <summary>Whether an episode was cut off from outside.</summary>
    /// <param name="episode">The episode, from 0.</param>
    public bool IsTruncated(int episode) => _truncated[_starts[episode + 1] - 1];

    /// <summary>Discounted returns of the episodes as they were logged, Σₜ γᵗ·rₜ.</summary>
    /// <param name="gamma">γ, 0 to 1</param>
    public double[] Returns(double gamma)
    {
        double[] returns = new double[Episodes];
        for (int episode = 0; episode < returns.Length; episode++)
        {
            for (int i = _starts[episode + 1] - 1; i >= _starts[episode]; i--) returns[episode] = _rewards[i] + (gamma * returns[episode]);
        }

        return returns;
    }

    internal float[] Observations() => [.. _observations];

    internal float[] Actions() => [.. _actions];

    internal float[] Rewards() => [.. _rewards];

    internal float[] Masks() => [.. _masks];

    /// <summary>ln μ(a|s) of every step.</summary>
    internal double[] LogBehaviour() => [.. _behaviour.Select(p => Math.Log(p))];

    internal int[] Lengths() => [.. Enumerable.Range(0, Episodes).Select(Length)];

    private static bool Ends(LoggedStep step) => step.Terminated || step.Truncated;

    private void Add(LoggedStep step, string name)
    {
        if (Steps > 0 && (step.ActionMask is null) == HasMasks)
            throw new DatasetException(name, $"step {Steps + 1} has {(HasMasks ? "no" : "an")} {DatasetFields.ActionMask}, unlike those before it. Give every step one, or none.");
        _observations.AddRange(step.Observation);
        _actions.AddRange(step.Action);
        _rewards.Add(step.Reward);
        _terminated.Add(step.Terminated);
        _truncated.Add(step.Truncated);
        _behaviour.Add(step.BehaviourProbability);
        if (step.ActionMask is not null) _masks.AddRange(step.ActionMask);
    }

    private void Close(LoggedStep last, HashSet<string> closed)
    {
        _starts.Add(Steps);
        _finals.Add(last.Terminated ? null : last.FinalObservation?.ToArray());
        if (last.Episode is not null) closed.Add(last.Episode);
    }
}
