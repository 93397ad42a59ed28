using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Evaluation;

/// <summary>
/// A policy that plays in one environment, moment after moment, to be watched. Episode k of a seed is the one that <see cref="Evaluator"/> scores: its
/// randomness is stream k of the seed. What an episode ends with stays to be seen until the next one begins.
/// </summary>
public sealed class PolicyPlay : IDisposable
{
    private readonly IEnvironment _environment;
    private readonly IDrawable? _drawable;
    private readonly Policy _policy;
    private readonly ulong _seed;
    private readonly int _maxEpisodeSteps;
    private readonly RandomGenerator _random = new(0);
    private readonly RandomGenerator? _draws;
    private readonly float[] _observation;
    private readonly float[] _action;
    private readonly float[] _mask;
    private readonly float[] _state;
    private readonly float[] _lastReward;

    /// <summary>Makes the play; it begins with the first call of <see cref="Advance"/>.</summary>
    /// <param name="environment">The environment; disposed with this.</param>
    /// <param name="maxEpisodeSteps">The step of an episode that truncates it; null for no limit.</param>
    /// <param name="policy">The policy; stays the caller's.</param>
    /// <param name="seed">The seed of the episodes and of drawn actions.</param>
    /// <param name="stochastic">Whether actions are drawn; else the deterministic ones are taken.</param>
    /// <exception cref="EvaluationException">The spaces of policy and environment differ, or actions are to be drawn from a policy that cannot.</exception>
    public PolicyPlay(IEnvironment environment, int? maxEpisodeSteps, Policy policy, ulong seed, bool stochastic)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(policy);
        IReadOnlyList<string> problems = Evaluator.Problems(policy, environment.ObservationSpace, environment.ActionSpace, stochastic);
        if (problems.Count > 0) throw new EvaluationException(problems);
        _environment = environment;
        _drawable = environment as IDrawable;
        _policy = policy;
        _seed = seed;
        _maxEpisodeSteps = maxEpisodeSteps ?? int.MaxValue;
        _draws = stochastic ? new RandomGenerator(seed, ulong.MaxValue) : null;
        _observation = new float[environment.ObservationSpace.Size];
        _action = new float[environment.ActionSpace.Size];
        _mask = new float[policy.UsesMasks && environment is IMaskedEnvironment ? environment.ActionSpace.MaskSize : 0];
        _state = new float[policy.StateSize];
        _lastReward = new float[policy.UsesRewards ? 1 : 0];
        StepsPerSecond = _drawable?.StepsPerSecond ?? 10;
    }

    /// <summary>How many steps a second look natural.</summary>
    public double StepsPerSecond { get; }

    /// <summary>The number of the episode, from 1; 0 before the first.</summary>
    public int Episode { get; private set; }

    /// <summary>Steps taken in the episode; 0 at its start.</summary>
    public int Step { get; private set; }

    /// <summary>The sum of its rewards.</summary>
    public double Return { get; private set; }

    /// <summary>What the latest step gave.</summary>
    public StepResult Latest { get; private set; }

    /// <summary>Whether the episode is over.</summary>
    public bool IsOver => Latest.Terminated || Latest.Truncated;

    /// <summary>Takes one step, or begins the next episode where there is none or it is over.</summary>
    public void Advance()
    {
        if (Episode == 0 || IsOver)
        {
            Begin();
            return;
        }

        if (_mask.Length > 0) ((IMaskedEnvironment)_environment).WriteActionMask(_mask);
        if (_lastReward.Length > 0) _lastReward[0] = Latest.Reward;
        _policy.Run(new PolicyBatch
        {
            Count = 1,
            Observations = _observation,
            Masks = _mask,
            States = _state,
            Rewards = _lastReward,
            Actions = _action,
            Random = _draws,
        });
        StepResult result = _environment.Step(_action, _observation);
        Step++;
        Return += result.Reward;
        Latest = result with { Truncated = result.Truncated || Step >= _maxEpisodeSteps };
    }

    /// <summary>What there is to see now: the environment's own drawing, or its observation.</summary>
    public Scene Draw()
    {
        var scene = new Scene();
        if (_drawable is not null) _drawable.Draw(scene);
        else ObservationBars.Draw(scene, _environment.ObservationSpace, _observation);
        return scene;
    }

    /// <summary>Two lines on the present moment: how far it is and what was gained, then the action and how the episode ended.</summary>
    /// <param name="episodes">How many episodes are played.</param>
    public IReadOnlyList<string> Status(int episodes)
    {
        string episode = episodes == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"episode {Episode} of {episodes}   ");
        string end = Latest.Terminated && Latest.Truncated ? "   terminated, truncated" : Latest.Terminated ? "   terminated" : Latest.Truncated ? "   truncated" : "";
        return
        [
            $"step {Step.ToString(CultureInfo.InvariantCulture)}   reward {Number(Latest.Reward)}   return {Number(Return)}",
            episode + (Step == 0 ? "start" : $"action {ActionText()}") + end,
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => (_environment as IDisposable)?.Dispose();

    private static string Number(double value)
    {
        string text = value.ToString("0.###", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    private void Begin()
    {
        _random.Seed(_seed, (ulong)Episode);
        _environment.Reset(_random, _observation);
        _policy.ResetState(_state);
        Array.Clear(_lastReward);
        Episode++;
        (Step, Return, Latest) = (0, 0, default);
    }

    private string ActionText()
    {
        const int MostNumbers = 8;
        Space space = _environment.ActionSpace;
        if (space is Discrete && _drawable?.ActionNames is { Count: > 0 } names) return names[(int)_action[0]];
        if (space is not Dict dict) return Numbers(_action);
        return string.Join("   ", dict.Entries.Select(e => $"{e.Key} {Numbers(_action.AsSpan(dict.OffsetOf(e.Key), e.Value.Size))}"));

        static string Numbers(ReadOnlySpan<float> numbers)
        {
            string[] shown = new string[Math.Min(numbers.Length, MostNumbers)];
            for (int i = 0; i < shown.Length; i++) shown[i] = Number(Math.Round(numbers[i], 2));
            return string.Join(" ", shown) + (numbers.Length > MostNumbers ? " ..." : "");
        }
    }
}
