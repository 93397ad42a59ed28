using System;
using System.Threading;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Runtime.Execution;

/// <summary>One session with its buffers: the graph for deterministic actions, or the one for sampled actions.</summary>
internal sealed class GraphRunner : IDisposable
{
    private const int ProcessorRows = 1024;
    private const int DeviceRows = 16384;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly Layout _layout;
    private readonly bool _bind;
    private readonly int _maximumRows;
    private readonly ContextPool?[] _pools;

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
        _pools = new ContextPool?[SizeClass.Of(_maximumRows).Index + 1];
    }

    /// <summary>The most rows of one run; larger batches are run in pieces, so that on the processor a piece's activations stay in the cache.</summary>
    internal static int MaximumRows(bool onProcessor) => onProcessor ? ProcessorRows : DeviceRows;

    /// <summary>Runs all rows of a checked batch.</summary>
    internal void Run(in PolicyBatch batch)
    {
        for (int start = 0; start < batch.Count; start += _maximumRows)
        {
            int rows = Math.Min(batch.Count - start, _maximumRows);
            SizeClass size = SizeClass.Of(rows);
            ContextPool pool = Volatile.Read(ref _pools[size.Index]) ?? AddPool(size.Index);
            RunContext context = pool.Rent() ?? new RunContext(_session, _runOptions, _layout, size.Rows, _bind);
            try
            {
                context.Run(batch, start, rows);
            }
            finally
            {
                pool.Return(context);
            }
        }
    }

    public void Dispose()
    {
        foreach (ContextPool? pool in _pools) pool?.Clear();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private ContextPool AddPool(int index)
    {
        var pool = new ContextPool();
        return Interlocked.CompareExchange(ref _pools[index], pool, null) ?? pool;
    }
}
