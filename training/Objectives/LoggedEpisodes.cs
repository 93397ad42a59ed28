using System;
using System.Linq;

namespace Pipeline.Training.Objectives;

/// <summary>
/// Whole episodes that a behaviour policy μ acted in, with what a target policy π makes of each action: what <see cref="ImportanceSampling"/> estimates
/// from. Steps of an episode follow each other, and episodes too. Ratios are kept as logarithms, so that long episodes neither overflow nor vanish.
/// </summary>
public sealed class LoggedEpisodes
{
    private readonly double[] _rewards;
    private readonly double[] _logWeights;
    private readonly Range[] _episodes;

    private LoggedEpisodes(double[] rewards, double[] logWeights, Range[] episodes) => (_rewards, _logWeights, _episodes) = (rewards, logWeights, episodes);

    /// <summary>Number of episodes, n.</summary>
    public int Count => _episodes.Length;

    /// <summary>Steps of the longest episode.</summary>
    public int LongestEpisode { get; private init; }

    /// <summary>Takes in episodes by the probabilities (densities) of the actions that were taken.</summary>
    /// <param name="rewards">r, one for each step</param>
    /// <param name="target">π(aₜ|sₜ), as many, at least 0</param>
    /// <param name="behaviour">μ(aₜ|sₜ), as many, above 0: the behaviour policy took the action</param>
    /// <param name="lengths">Steps of each episode, at least 1; together all steps.</param>
    /// <exception cref="CoverageException">The behaviour policy is said never to take an action that was taken.</exception>
    /// <exception cref="ArgumentException">The lengths do not fit, or something is no number, negative or infinite.</exception>
    public static LoggedEpisodes FromProbabilities(ReadOnlySpan<float> rewards, ReadOnlySpan<double> target, ReadOnlySpan<double> behaviour, ReadOnlySpan<int> lengths)
    {
        double[] logTarget = new double[target.Length], logBehaviour = new double[behaviour.Length];
        for (int i = 0; i < target.Length; i++) logTarget[i] = Math.Log(target[i]);
        for (int i = 0; i < behaviour.Length; i++) logBehaviour[i] = Math.Log(behaviour[i]);
        return FromLogProbabilities(rewards, logTarget, logBehaviour, lengths);
    }

    /// <summary>Takes in episodes by the logarithms of the probabilities (densities) of the actions that were taken.</summary>
    /// <param name="rewards">r, one for each step</param>
    /// <param name="target">ln π(aₜ|sₜ), as many; −∞ where the target policy never takes the action</param>
    /// <param name="behaviour">ln μ(aₜ|sₜ), as many, finite: the behaviour policy took the action</param>
    /// <param name="lengths">Steps of each episode, at least 1; together all steps.</param>
    /// <exception cref="CoverageException">The behaviour policy is said never to take an action that was taken.</exception>
    /// <exception cref="ArgumentException">The lengths do not fit, or something is no number or infinite.</exception>
    public static LoggedEpisodes FromLogProbabilities(ReadOnlySpan<float> rewards, ReadOnlySpan<double> target, ReadOnlySpan<double> behaviour, ReadOnlySpan<int> lengths)
    {
        int[] starts = Starts(rewards.Length, lengths);
        if (target.Length != rewards.Length || behaviour.Length != rewards.Length)
            throw new ArgumentException($"There are {rewards.Length} rewards, {target.Length} probabilities of the target policy and {behaviour.Length} of the behaviour policy. Give one of each for every step.");
        double[] kept = new double[rewards.Length], logWeights = new double[rewards.Length];
        int longest = 0;
        for (int episode = 0; episode < lengths.Length; episode++)
        {
            double sum = 0;
            longest = Math.Max(longest, lengths[episode]);
            for (int i = starts[episode]; i < starts[episode + 1]; i++)
            {
                Check(episode, i - starts[episode], rewards[i], target[i], behaviour[i]);
                kept[i] = rewards[i];
                logWeights[i] = sum += target[i] - behaviour[i];
            }
        }

        return new LoggedEpisodes(kept, logWeights, [.. lengths.ToArray().Select((length, i) => starts[i]..(starts[i] + length))]) { LongestEpisode = longest };
    }

    /// <summary>r of an episode.</summary>
    internal ReadOnlySpan<double> Rewards(int episode) => _rewards.AsSpan(_episodes[episode]);

    /// <summary>ln ρ₀:ₜ = Σ over k ≤ t of ln π(aₖ|sₖ) − ln μ(aₖ|sₖ) for each step t of an episode; −∞ from an action on that the target policy never takes.</summary>
    internal ReadOnlySpan<double> LogWeights(int episode) => _logWeights.AsSpan(_episodes[episode]);

    /// <summary>Some of the episodes, in any order and as often as one likes; the numbers of their steps are shared.</summary>
    /// <param name="episodes">Which.</param>
    internal LoggedEpisodes Draw(ReadOnlySpan<int> episodes)
    {
        var drawn = new Range[episodes.Length];
        int longest = 0;
        for (int i = 0; i < drawn.Length; i++)
        {
            drawn[i] = _episodes[episodes[i]];
            longest = Math.Max(longest, drawn[i].End.Value - drawn[i].Start.Value);
        }

        return new LoggedEpisodes(_rewards, _logWeights, drawn) { LongestEpisode = longest };
    }

    /// <summary>The same episodes and weights with other numbers in place of the rewards.</summary>
    /// <param name="replace">Makes the number of a step, counted over all episodes, from its reward.</param>
    internal LoggedEpisodes With(Func<int, double, double> replace) =>
        new(_rewards.Select((reward, step) => replace(step, reward)).ToArray(), _logWeights, _episodes) { LongestEpisode = LongestEpisode };

    private static int[] Starts(int steps, ReadOnlySpan<int> lengths)
    {
        int[] starts = new int[lengths.Length + 1];
        for (int i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] < 1 || lengths[i] > steps - starts[i])
                throw new ArgumentException($"Episode {i} has {lengths[i]} steps, and {steps - starts[i]} of {steps} are left. Each has at least 1, together as many as there are rewards.", nameof(lengths));
            starts[i + 1] = starts[i] + lengths[i];
        }

        if (lengths.Length == 0 || starts[^1] != steps)
            throw new ArgumentException($"{lengths.Length} episodes have {starts[^1]} steps together; there are {steps} rewards. Give at least one episode, and the length of every one.", nameof(lengths));
        return starts;
    }

    private static void Check(int episode, int step, float reward, double target, double behaviour)
    {
        string place = $"Step {step} of episode {episode}";
        if (!float.IsFinite(reward)) throw new ArgumentException($"{place} has the reward {reward}. Rewards are finite.");
        if (double.IsNegativeInfinity(behaviour))
            throw new CoverageException($"{place} has an action that the behaviour policy takes with probability 0, and yet it was taken{(double.IsNegativeInfinity(target) ? "" : ", and the target policy takes it")}. Give the probabilities of the policy that acted.");
        if (!double.IsFinite(behaviour) || double.IsNaN(target) || double.IsPositiveInfinity(target))
            throw new ArgumentException($"{place} has log-probabilities {target} (target) and {behaviour} (behaviour). They are those of probabilities, or of densities, that are numbers and not negative.");
    }
}
