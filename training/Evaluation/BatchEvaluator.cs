using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Evaluation;

/// <summary>
/// Plays many policies in many environments with many seeds on several threads, through the runtime's batched path. The episodes of a policy in
/// an environment with a seed are played in parts whose sizes follow from their number alone, so the result is the same, bit for bit, for any
/// number of threads.
/// </summary>
public static class BatchEvaluator
{
    /// <summary>Environments stepped together: enough to fill the batched call, few enough for activations to stay in the cache.</summary>
    private const int Rows = 128;

    /// <summary>Episodes of a part: several a row, so that little is lost while the last ones end.</summary>
    private const int MostOfPart = 512;

    private sealed record Part(int Cell, int First, int Count);

    private sealed record Seat(IVectorEnvironment Environments, EpisodePlayer Player);

    /// <summary>Plays everything that is asked for.</summary>
    /// <param name="request">What.</param>
    /// <param name="make">Makes environments stepped together: a name, and how many. Never called by two threads at once.</param>
    /// <param name="progress">Receives how far it is; null where nobody watches.</param>
    /// <param name="stop">Asks to stop; the evaluation is then given up.</param>
    /// <exception cref="EvaluationException">The request is wrong, or a policy does not fit an environment: found before the first step.</exception>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static BatchResult Run(BatchRequest request, Func<string, int, IVectorEnvironment> make, BatchProgress? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(make);
        (List<(EvaluatedPolicy Policy, string Environment)> pairs, List<(EvaluatedPolicy, string)> skipped) = Pairs(request, make);
        (EvaluatedPolicy Policy, string Environment, ulong Seed)[] cells = [.. pairs.SelectMany(p => request.Seeds.Select(seed => (p.Policy, p.Environment, seed)))];
        Part[] parts = [.. Enumerable.Range(0, cells.Length).SelectMany(cell => Parts(cell, request.Episodes))];
        if (progress is not null) progress.TotalEpisodes = (long)cells.Length * request.Episodes;

        long start = Stopwatch.GetTimestamp();
        Episode[][] episodes = [.. cells.Select(_ => new Episode[request.Episodes])];
        long[] steps = new long[parts.Length], ticks = new long[parts.Length];
        using var seats = new Seats(make);
        void Play(int index)
        {
            Part part = parts[index];
            (EvaluatedPolicy policy, string environment, ulong seed) = cells[part.Cell];
            long begun = Stopwatch.GetTimestamp();
            Seat seat = seats.Take(environment, Math.Min(Rows, part.Count));
            var acting = new PolicyActing(seat.Environments, policy.Policy, request.Stochastic);
            steps[index] = seat.Player.Play(acting, seed, part.First, episodes[part.Cell].AsSpan(part.First, part.Count), stop);
            seats.Return(environment, seat);
            ticks[index] = Stopwatch.GetTimestamp() - begun;
            progress?.Add(part.Count, steps[index]);
        }

        RunAll(parts.Length, Math.Min(request.Threads, parts.Length), Play, stop);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var sums = parts.Select((part, i) => (part.Cell, Steps: steps[i], Ticks: ticks[i])).ToLookup(p => p.Cell);
        return new BatchResult(
            request,
            [.. cells.Select((c, i) => new EvaluatedCell(c.Policy, c.Environment, c.Seed, new EvaluationResult(episodes[i], sums[i].Sum(p => p.Ticks) / (double)Stopwatch.Frequency, sums[i].Sum(p => p.Steps))))],
            skipped,
            seconds);
    }

    /// <summary>Episodes by number, divided as evenly as can be.</summary>
    private static IEnumerable<Part> Parts(int cell, int episodes)
    {
        int count = (episodes + MostOfPart - 1) / MostOfPart;
        return Enumerable.Range(0, count).Select(i => ((int)((long)episodes * i / count), (int)((long)episodes * (i + 1) / count))).Select(p => new Part(cell, p.Item1, p.Item2 - p.Item1));
    }

    private static void RunAll(int count, int threads, Action<int> work, CancellationToken stop)
    {
        try
        {
            // One at a time from a shared queue: parts last unequally long.
            Parallel.ForEach(
                Partitioner.Create(Enumerable.Range(0, count), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop },
                work);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Capture(e.InnerExceptions.FirstOrDefault(i => i is not OperationCanceledException) ?? e.InnerExceptions[0]).Throw();
        }
    }

    private static (List<(EvaluatedPolicy Policy, string Environment)> Pairs, List<(EvaluatedPolicy Policy, string Environment)> Skipped) Pairs(BatchRequest request, Func<string, int, IVectorEnvironment> make)
    {
        var problems = new List<string>(request.Validate());
        if (problems.Count > 0) throw new EvaluationException(problems);
        var pairs = new List<(EvaluatedPolicy, string)>();
        var skipped = new List<(EvaluatedPolicy, string)>();
        var spaces = new Dictionary<string, IVectorEnvironment>(StringComparer.Ordinal);
        try
        {
            foreach (EvaluatedPolicy policy in request.Policies)
            {
                foreach (string name in request.Environments.Count > 0 ? request.Environments : [policy.Policy.Manifest.Environment])
                {
                    if (!spaces.TryGetValue(name, out IVectorEnvironment? one)) spaces.Add(name, one = make(name, 1));
                    bool fits = Evaluator.Problems(policy.Policy, one.ObservationSpace, one.ActionSpace, stochastic: false).Count == 0;
                    if (!fits && request.SkipMismatched)
                    {
                        skipped.Add((policy, name));
                        continue;
                    }

                    pairs.Add((policy, name));
                    problems.AddRange(Evaluator.Problems(policy.Policy, one.ObservationSpace, one.ActionSpace, request.Stochastic).Select(p => $"{policy.File} in {name}: {p}"));
                }
            }
        }
        finally
        {
            foreach (IVectorEnvironment one in spaces.Values) one.Dispose();
        }

        if (problems.Count > 0) throw new EvaluationException(problems);
        if (pairs.Count == 0) throw new EvaluationException("No policy fits any of the environments, so nothing is left to evaluate. Give environments with the policies' spaces.");
        return (pairs, skipped);
    }

    /// <summary>Environments that are not in use, kept for the next part that needs the same.</summary>
    private sealed class Seats(Func<string, int, IVectorEnvironment> make) : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<(string Name, int Rows), Stack<Seat>> _free = [];
        private readonly List<IVectorEnvironment> _made = [];

        public Seat Take(string name, int rows)
        {
            lock (_lock)
            {
                if (_free.TryGetValue((name, rows), out Stack<Seat>? free) && free.TryPop(out Seat? seat)) return seat;
                IVectorEnvironment environments = make(name, rows);
                _made.Add(environments);
                return new Seat(environments, new EpisodePlayer(environments));
            }
        }

        public void Return(string name, Seat seat)
        {
            lock (_lock)
            {
                if (!_free.TryGetValue((name, seat.Environments.Count), out Stack<Seat>? free)) _free.Add((name, seat.Environments.Count), free = []);
                free.Push(seat);
            }
        }

        public void Dispose()
        {
            foreach (IVectorEnvironment environments in _made) environments.Dispose();
        }
    }
}
