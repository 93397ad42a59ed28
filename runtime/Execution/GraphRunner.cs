using System;
using System.Collections.Generic;
using System.Threading;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Runtime.Execution;

/// <summary>One session with its buffers: the graph for deterministic actions, or the one for sampled actions.</summary>
internal sealed class GraphRunner : IDisposable
{
    private const int ProcessorRows = 1024;
    private const int DeviceRows = 16384;

    private static int _alive;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly Layout _layout;
    private readonly bool _bind;
    private readonly int _maximumRows;
    private readonly ContextPool[] _pools;

    /// <summary>Takes over a session.</summary>
    /// <param name="session">The session; disposed with this.</param>
    /// <param name="layout">What goes where.</param>
    /// <param name="onProcessor">Whether the session runs on the processor.</param>
    internal GraphRunner(InferenceSession session, Layout layout, bool onProcessor)
    {
        _session = session;
        _layout = layout;
        _bind = onProcessor;
        _maximumRows = MaximumRows(onProcessor);
        _pools = new ContextPool[SizeClass.Of(_maximumRows).Group + 1];
        for (int group = 0; group < _pools.Length; group++) _pools[group] = new ContextPool();
        Interlocked.Increment(ref _alive);
    }

    /// <summary>How many sessions of this process are not released.</summary>
    internal static int Alive => Volatile.Read(ref _alive);

    /// <summary>The most rows of one run; larger batches are run in pieces, so that on the processor a piece's activations stay in the cache.</summary>
    internal static int MaximumRows(bool onProcessor) => onProcessor ? ProcessorRows : DeviceRows;

    /// <summary>Runs all rows of a checked batch.</summary>
    internal void Run(in PolicyBatch batch)
    {
        for (int start = 0; start < batch.Count; start += _maximumRows)
        {
            int rows = Math.Min(batch.Count - start, _maximumRows);
            SizeClass size = SizeClass.Of(rows);
            ContextPool pool = _pools[size.Group];
            pool.Note(size.Step);
            RunContext context = pool.Rent() ?? Create(size.Group);
            try
            {
                context.Run(batch, start, rows, size);
            }
            finally
            {
                pool.Return(context);
            }
        }
    }

    /// <summary>Makes what several callers need for calls of up to a number of rows, whatever their sizes.</summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="callers">How many call at the same time.</param>
    internal void Prepare(int rows, int callers)
    {
        int largest = SizeClass.Of(Math.Min(rows, _maximumRows)).Rows;
        for (int group = 0; group < _pools.Length && SizeClass.At(group, 0).Rows <= largest; group++)
            Prepare(group, callers, size => size.Rows <= largest);
    }

    /// <summary>Makes what several callers with the same number of rows need.</summary>
    internal void PrepareCallers(int rows, int callers)
    {
        // The last piece of a large batch, and the full ones before it.
        int last = ((rows - 1) % _maximumRows) + 1;
        foreach (int piece in new[] { last, Math.Min(rows, _maximumRows) })
        {
            SizeClass wanted = SizeClass.Of(piece);
            Prepare(wanted.Group, callers, size => size == wanted);
        }
    }

    /// <summary>Makes what calls to another runner have come to need: as many contexts, with the same sizes.</summary>
    internal void PrepareLike(GraphRunner other)
    {
        for (int group = 0; group < Math.Min(_pools.Length, other._pools.Length); group++)
        {
            ContextPool theirs = other._pools[group];
            Prepare(group, theirs.Contexts, size => theirs.Uses(size.Step));
        }
    }

    public void Dispose()
    {
        foreach (ContextPool pool in _pools) pool.Clear();
        _runOptions.Dispose();
        _session.Dispose();
        Interlocked.Decrement(ref _alive);
    }

    /// <summary>Makes contexts of a group, binds the wanted classes in each and runs the largest.</summary>
    private void Prepare(int group, int contexts, Func<SizeClass, bool> wants)
    {
        ContextPool pool = _pools[group];
        var made = new List<RunContext>();
        int last = SizeClass.CountOf(group) - 1;
        while (last >= 0 && !wants(SizeClass.At(group, last))) last--;
        try
        {
            for (int i = 0; i < contexts; i++) made.Add(pool.Rent() ?? Create(group));
            for (int step = 0; step <= last; step++)
            {
                SizeClass size = SizeClass.At(group, step);
                if (!wants(size)) continue;
                pool.Note(step);
                foreach (RunContext context in made) context.Prepare(size, run: step == last);
            }
        }
        finally
        {
            foreach (RunContext context in made) pool.Return(context);
        }
    }

    private RunContext Create(int group)
    {
        var context = new RunContext(_session, _runOptions, _layout, SizeClass.At(group, 0).Capacity, _bind);
        _pools[group].Add();
        return context;
    }
}
