using System;
using System.Linq;
using System.Threading;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// What a policy would earn, estimated from episodes of another one: importance sampling, ordinary (is), weighted (wis), per decision (pdis) and both (wpdis);
/// fitted Q evaluation (fqe); doubly robust estimates, ordinary (dr) and with weights normalised at each step (wdr), whose values are fitted to other episodes
/// than they are applied to. All estimate the same: the expected discounted return of an episode.
/// </summary>
public sealed class LoggedEvaluation
{
    private const int Folds = 5;
    private const int FittedResamples = 500;
    private readonly LoggedDataset _data;
    private readonly LoggedOptions _options;
    private readonly TargetView _view;
    private readonly CancellationToken _stop;
    private readonly LoggedEpisodes? _episodes;
    private readonly int[] _everyEpisode;
    private readonly Lazy<FittedValues> _values;
    private readonly Lazy<(LoggedEpisodes? Residuals, double[] Starts)> _residuals;
    private readonly int? _rounds;

    private LoggedEvaluation(LoggedDataset data, ActingPolicy policy, LoggedOptions options, CancellationToken stop)
    {
        (_data, _options, _stop) = (data, options, stop);
        _view = new TargetView(data, policy, options.Seed);
        _everyEpisode = [.. Enumerable.Range(0, data.Episodes)];
        if (_view.LogTarget is not null) _episodes = LoggedEpisodes.FromLogProbabilities(_view.Rewards, _view.LogTarget, data.LogBehaviour(), data.Lengths());
        bool isCut = _everyEpisode.Any(episode => !data.IsTerminated(episode));
        _rounds = options.CutEpisodes == CutEpisodes.Stop && isCut ? data.LongestEpisode : null;
        _values = new(() => TableValues.Suits(data, _view) ? new TableValues(data, _view) : FeatureNetwork.Fit(data, _view, options, stop));
        _residuals = new(Residuals);
    }

    /// <summary>Estimates.</summary>
    /// <param name="data">The episodes.</param>
    /// <param name="policy">The policy to evaluate, acted by as it is to be; stays the caller's.</param>
    /// <param name="options">How.</param>
    /// <param name="stop">Asks to stop; the evaluation is then given up.</param>
    /// <exception cref="ArgumentException">The options are wrong, or the spaces of data and policy differ.</exception>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static LoggedReport Evaluate(LoggedDataset data, ActingPolicy policy, LoggedOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(options);
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(options));
        if (!policy.ObservationSpace.Equals(data.ObservationSpace) || !policy.ActionSpace.Equals(data.ActionSpace))
            throw new ArgumentException($"The data is of {data.ObservationSpace} and {data.ActionSpace}, the policy of {policy.ObservationSpace} and {policy.ActionSpace}. Read the data with the policy's spaces.", nameof(data));
        return new LoggedEvaluation(data, policy, options, stop).Report();
    }

    private LoggedReport Report()
    {
        LoggedEstimate[] estimates = [.. _options.Methods.Select(Estimate)];
        double[] returns = _data.Returns(_options.Discount);
        double Mean(int[] episodes) => episodes.Average(i => returns[i]);
        double mean = Mean(_everyEpisode);
        ConfidenceInterval? interval = Interval(Mean, mean, _options.Resamples);
        var warnings = new CoverageWarnings(_data, _view, _episodes);
        TableValues? table = _values.IsValueCreated ? _values.Value as TableValues : null;
        return new LoggedReport(estimates, [.. warnings.All(table, _rounds)], _data.Episodes, _data.Steps, mean, interval);
    }

    private LoggedEstimate Estimate(string method)
    {
        _stop.ThrowIfCancellationRequested();
        double sampleSize = method == "fqe" ? _data.Episodes : _episodes is null ? 0 : ImportanceSampling.EffectiveSampleSize(_episodes);
        if (_episodes is null && method != "fqe")
            return new LoggedEstimate(method, null, null, 0, "The policy takes one action, which has no density among real numbers. Let it draw (--stochastic), or use fqe.");
        Func<int[], double> statistic = Statistic(method);
        double value;
        try
        {
            value = statistic(_everyEpisode);
        }
        catch (Exception e) when (e is CoverageException or OverflowException)
        {
            return new LoggedEstimate(method, null, null, sampleSize, e.Message);
        }

        if (!double.IsFinite(value))
            return new LoggedEstimate(method, null, null, sampleSize, "The fitted values grow without end: rewards go on for ever, or the data does not reach where the policy goes. Use a discount below 1, or other data.");
        ConfidenceInterval? interval = Interval(Caught(statistic), value, method == "fqe" ? Math.Min(_options.Resamples, FittedResamples) : _options.Resamples);
        return new LoggedEstimate(method, value, interval, sampleSize, interval is null ? NoInterval() : null);
    }

    private string NoInterval() => _data.Episodes == 1 ? "There is a single episode: no interval." : "Too many resamples of the episodes give no estimate for an interval: too few of them count.";

    private ConfidenceInterval? Interval(Func<int[], double> statistic, double value, int resamples) =>
        Bootstrap.Interval(_data.Episodes, statistic, value, resamples, _options.Level, _options.Seed, _stop);

    private Func<int[], double> Statistic(string method)
    {
        double gamma = _options.Discount;
        return method switch
        {
            "is" => drawn => ImportanceSampling.Ordinary(_episodes!.Draw(drawn), gamma).Value,
            "wis" => drawn => ImportanceSampling.Weighted(_episodes!.Draw(drawn), gamma).Value,
            "pdis" => drawn => ImportanceSampling.PerDecision(_episodes!.Draw(drawn), gamma).Value,
            "wpdis" => drawn => ImportanceSampling.WeightedPerDecision(_episodes!.Draw(drawn), gamma).Value,
            "dr" => drawn => Corrected(drawn, DoublyRobust.Ordinary),
            "wdr" => drawn => Corrected(drawn, DoublyRobust.Weighted),
            _ => Fitted,
        };
    }

    private static Func<int[], double> Caught(Func<int[], double> statistic) => drawn =>
    {
        try
        {
            return statistic(drawn);
        }
        catch (Exception e) when (e is CoverageException or OverflowException)
        {
            return double.NaN;
        }
    };

    private double Fitted(int[] drawn)
    {
        double[] counts = new double[_data.Episodes];
        foreach (int episode in drawn) counts[episode]++;
        FittedValues values = _values.Value;
        double[][]? fit = values.Fit(counts, _options.Discount, _rounds);
        if (fit is null) return double.NaN;
        double value = drawn.Average(episode => values.Value(_data.Start(episode), fit[^1]));
        return Math.Abs(value) <= Largest() ? value : double.NaN;
    }

    private delegate ReturnEstimate CorrectedEstimate(LoggedEpisodes residuals, ReadOnlySpan<double> startValues, double gamma);

    private double Corrected(int[] drawn, CorrectedEstimate estimate)
    {
        (LoggedEpisodes? residuals, double[] starts) = _residuals.Value;
        return residuals is null ? double.NaN : estimate(residuals.Draw(drawn), [.. drawn.Select(i => starts[i])], _options.Discount).Value;
    }

    // The largest return there can be, with room for what a fit overshoots.
    private double Largest()
    {
        double reward = _view.Rewards.Max(Math.Abs), gamma = _options.Discount;
        double steps = _rounds ?? double.PositiveInfinity;
        return gamma < 1 ? 2 * reward * (1 - Math.Pow(gamma, steps)) / (1 - gamma) : 2 * reward * steps;
    }

    // Values for each fold of the episodes, fitted to the others.
    private (LoggedEpisodes? Residuals, double[] Starts) Residuals()
    {
        double[] actionValues = new double[_data.Steps], nextValues = new double[_data.Steps], starts = new double[_data.Episodes];
        int folds = Math.Min(Folds, _data.Episodes);
        for (int fold = 0; fold < folds; fold++)
        {
            double[] counts = [.. _everyEpisode.Select(episode => folds == 1 || episode % folds != fold ? 1.0 : 0)];
            if (_values.Value.Fit(counts, _options.Discount, _rounds) is not double[][] fit) return (null, starts);
            foreach (int episode in _everyEpisode.Where(episode => episode % folds == fold)) Apply(episode, fit, actionValues, nextValues, starts);
        }

        return (DoublyRobust.Residuals(_episodes!, actionValues, nextValues, _options.Discount), starts);
    }

    private void Apply(int episode, double[][] fit, double[] actionValues, double[] nextValues, double[] starts)
    {
        FittedValues values = _values.Value;
        int first = _data.Start(episode), length = _data.Length(episode);
        double[] Left(int t) => _rounds is int rounds ? fit[Math.Max(0, rounds - t)] : fit[0];
        starts[episode] = values.Value(first, Left(0));
        for (int t = 0; t < length; t++)
        {
            int next = _view.Next[first + t];
            actionValues[first + t] = values.ActionValue(first + t, Left(t));
            if (t == length - 1 && _options.CutEpisodes == CutEpisodes.Stop) next = TargetView.Ended;
            nextValues[first + t] = next >= 0 ? values.Value(next, Left(t + 1)) : 0;
            // What followed is not known: the guess stands.
            if (next == TargetView.Unknown && _options.Discount > 0) nextValues[first + t] = (actionValues[first + t] - _view.Rewards[first + t]) / _options.Discount;
        }
    }
}
