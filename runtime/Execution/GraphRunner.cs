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
            RunContext context = pool.Rent() ?? Create(size);
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

    /// <summary>Makes what calls of up to a number of rows need, whatever their sizes, and runs the largest.</summary>
    /// <param name="rows">At least 1.</param>
    internal void Prepare(int rows)
    {
        SizeClass largest = SizeClass.Of(Math.Min(rows, _maximumRows));
        for (int group = 0; group <= largest.Group; group++)
        {
            ContextPool pool = _pools[group];
            RunContext context = pool.Rent() ?? Create(SizeClass.At(group, 0));
            try
            {
                for (int step = 0; ; step++)
                {
                    SizeClass size = SizeClass.At(group, step);
                    pool.Note(step);
                    context.Prepare(size, size == largest);
                    if (size == largest || size.Rows == size.Capacity) break;
                }
            }
            finally
            {
                pool.Return(context);
            }
        }
    }

    /// <summary>Makes and runs once what several callers with the same number of rows need.</summary>
    internal void PrepareCallers(int rows, int callers)
    {
        if (callers == 1) return;
        for (int left = rows; left > 0; left -= _maximumRows)
        {
            SizeClass size = SizeClass.Of(Math.Min(left, _maximumRows));
            // A full piece is the same as the one before it.
            if (left < rows && size.Rows == _maximumRows) continue;
            Prepare(size, callers, step => step == size.Step);
        }
    }

    /// <summary>Makes and runs once what calls to another runner have come to need: as many contexts, with the same sizes.</summary>
    internal void PrepareLike(GraphRunner other)
    {
        for (int group = 0; group < Math.Min(_pools.Length, other._pools.Length); group++)
        {
            ContextPool theirs = other._pools[group];
            Prepare(SizeClass.At(group, 0), theirs.Contexts, theirs.Uses);
        }
    }

    public void Dispose()
    {
        foreach (ContextPool pool in _pools) pool.Clear();
        _runOptions.Dispose();
        _session.Dispose();
        Interlocked.Decrement(ref _alive);
    }

    /// <summary>Makes contexts of a class's group, and runs the wanted classes of the group in each.</summary>
    private void Prepare(SizeClass group, int contexts, Func<int, bool> wants)
    {
        ContextPool pool = _pools[group.Group];
        var made = new List<RunContext>();
        try
        {
            for (int i = 0; i < contexts; i++) made.Add(pool.Rent() ?? Create(group));
            for (int step = 0; step < SizeClass.Exact; step++)
            {
                if (!wants(step)) continue;
                pool.Note(step);
                foreach (RunContext context in made) context.Prepare(SizeClass.At(group.Group, step), run: true);
            }
        }
        finally
        {
            foreach (RunContext context in made) pool.Return(context);
        }
    }

    private RunContext Create(SizeClass size)
    {
        var context = new RunContext(_session, _runOptions, _layout, size.Capacity, _bind);
        _pools[size.Group].Add();
        return context;
    }
}
