using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>Looks for signs that the data does not carry an estimate: the policy goes where it has not been, or few episodes weigh all.</summary>
internal sealed class CoverageWarnings(LoggedDataset data, TargetView view, LoggedEpisodes? episodes)
{
    private const double FewEpisodes = 30;
    private const double NoticeableMass = 0.01;

    /// <summary>All warnings.</summary>
    /// <param name="table">The table of states and choices where one was fitted.</param>
    /// <param name="rounds">Steps of the time limit where there is one.</param>
    public IEnumerable<string> All(TableValues? table, int? rounds)
    {
        if ((Untried() ?? UntriedOfParts()) is string untried) yield return untried;
        else if (table is not null && UntriedPairs(table) is string pairs) yield return pairs;
        else if (MissingMass() is string missing) yield return missing;
        if (FewCount() is string few) yield return few;
        if (UnevenCuts(rounds) is string uneven) yield return uneven;
        if (UnknownEnds() is string unknown) yield return unknown;
    }

    // Choices that the data has nowhere.
    private string? Untried()
    {
        if (!view.ListsChoices) return null;
        var tried = new HashSet<int>(Enumerable.Range(0, data.Steps).Select(view.IndexOf));
        double[] mass = new double[view.Candidates];
        for (int i = 0; i < data.Steps * mass.Length; i++) mass[i % mass.Length] += view.Weights[i] / data.Steps;
        int[] untried = [.. Enumerable.Range(0, mass.Length).Where(j => !tried.Contains(j) && mass[j] > 0)];
        if (untried.Length == 0) return null;
        return NeverTried(string.Join(", ", untried.Select(j => j.ToString(CultureInfo.InvariantCulture))), untried.Sum(j => mass[j]));
    }

    // The same part by part, where choices stand beside real numbers or are too many to list.
    private string? UntriedOfParts()
    {
        if (view.ListsChoices) return null;
        int acted = data.ActionSpace.Size;
        foreach ((string name, int column, int choices) in ChoicesOf(data.ActionSpace))
        {
            var tried = new HashSet<int>(Enumerable.Range(0, data.Steps).Select(step => (int)view.Actions[(step * acted) + column]));
            double[] mass = new double[choices];
            for (int i = 0; i < data.Steps * view.Candidates; i++) mass[(int)view.CandidateActions[(i * acted) + column]] += view.Weights[i] / data.Steps;
            int[] untried = [.. Enumerable.Range(0, choices).Where(j => !tried.Contains(j) && mass[j] > 0)];
            if (untried.Length > 0) return NeverTried($"{string.Join(", ", untried)} of {name}", untried.Sum(j => mass[j]));
        }

        return null;
    }

    private static IEnumerable<(string Name, int Column, int Choices)> ChoicesOf(Space space)
    {
        int column = 0;
        foreach ((string name, Space part) in space is Dict dict ? dict.Entries.Select(e => (e.Key, e.Value)) : [(DatasetFields.Action, space)])
        {
            int[] branches = ActingPolicy.Branches(part);
            for (int i = 0; i < branches.Length; i++) yield return (branches.Length == 1 ? name : $"{name}[{i}]", column + i, branches[i]);
            column += part.Size;
        }
    }

    private static string NeverTried(string choices, double mass) =>
        $"Coverage fails: the data never has the choice {choices}, which the policy takes with probability {Percent(mass)} in its states. " +
        "No estimate here says what comes of it. Use data of a policy that tries every choice.";

    private string? UntriedPairs(TableValues table)
    {
        int[] visits = table.Visits;
        float[] tried = [.. visits.Select(n => n > 0 ? 1f : 0f)], wanted = new float[visits.Length];
        double uncovered = 0, all = 0;
        for (int state = 0; state < visits.Length / view.Candidates; state++)
        {
            int seen = 0;
            for (int j = 0; j < view.Candidates; j++) seen += visits[(state * view.Candidates) + j];
            all += seen;
            for (int j = 0; j < view.Candidates; j++)
            {
                int pair = (state * view.Candidates) + j;
                // A state that was only ever the last one says nothing of what was tried in it.
                wanted[pair] = seen > 0 ? (float)table.Policy[pair] : 0;
                if (visits[pair] == 0) uncovered += seen * table.Policy[pair];
            }
        }

        var coverage = PolicyCoverage.Of(wanted, tried, view.Candidates);
        if (coverage.Holds || uncovered < NoticeableMass * all) return null;
        return $"Coverage may fail: in {coverage.UncoveredStates} of {coverage.States} states the policy takes choices that the data never has there, {Percent(uncovered / all)} of what it does. " +
            "fqe counts 0 for them, dr and wdr start from that. Use more data, or data of a nearer policy.";
    }

    // E over a of μ of π(a|s)/μ(a|s) is 1 in every state if μ covers π: less is what π does and μ never.
    private string? MissingMass()
    {
        if (view.LogTarget is not double[] target || data.Episodes < FewEpisodes) return null;
        double[] behaviour = data.LogBehaviour();
        double[] sums = [.. Enumerable.Range(0, data.Episodes).Select(e => Enumerable.Range(data.Start(e), data.Length(e)).Sum(i => Math.Exp(target[i] - behaviour[i]) - 1))];
        double mean = sums.Average(), error = Math.Sqrt(sums.Sum(s => (s - mean) * (s - mean)) / sums.Length / (sums.Length - 1));
        double missing = -mean * data.Episodes / data.Steps;
        if (missing < NoticeableMass || mean > -4 * error) return null;
        return $"Coverage fails, or the behaviour probabilities are wrong: the ratios π/μ of single steps have the mean {Text(1 - missing)} instead of 1, as if {Percent(missing)} of what the policy does were never tried. " +
            "Estimates are then too low or too high without bound. Check the behaviour probabilities, or use data of a policy that tries every action.";
    }

    private string? FewCount()
    {
        if (episodes is null) return null;
        double size = ImportanceSampling.EffectiveSampleSize(episodes);
        if (size >= FewEpisodes) return null;
        return $"The weights degenerate: {data.Episodes} episodes are worth {Text(size)} of the policy's own. Do not trust is, wis, pdis, wpdis, dr and wdr and their intervals; " +
            $"at least {Text(FewEpisodes)} are wanted. Use more data, shorter episodes, data of a nearer policy, or fqe.";
    }

    private string? UnevenCuts(int? rounds)
    {
        if (rounds is not int limit) return null;
        int shorter = Enumerable.Range(0, data.Episodes).Count(e => !data.IsTerminated(e) && data.Length(e) < limit);
        return shorter == 0 ? null
            : $"{shorter} episodes are cut off before step {limit}, where the longest one is: fqe counts {limit} steps for all, the others what was logged. Cut all at one length, or let fqe go on beyond (--cut-episodes go-on).";
    }

    private string? UnknownEnds()
    {
        int unknown = view.Next.Count(next => next == TargetView.Unknown);
        return unknown == 0 ? null
            : $"{unknown} episodes are cut off without a {DatasetFields.FinalObservation}: their last steps take no part in what fqe, dr and wdr fit. Log the last observation of episodes that are cut off.";
    }

    private static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
