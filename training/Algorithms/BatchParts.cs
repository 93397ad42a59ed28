using System;
using System.Collections.Generic;
using Pipeline.Training.Replay;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// A batch as the parts that are learned from at once: two halves where the networks are large enough for it to pay, otherwise the whole. The number of
/// processors has no say in it, so results do not depend on it.
/// </summary>
internal sealed class BatchParts : IDisposable
{
    /// <summary>Rows of a batch times parameters from which on two halves at once cost less than the whole, though each has every operator.</summary>
    private const long WorthSplitting = 4_000_000;

    /// <summary>Fewer rows leave too little to each half, whatever the networks.</summary>
    private const int FewestRows = 64;

    private readonly List<ReplayBatch> _views = [];

    /// <summary>Splits a batch.</summary>
    /// <param name="batch">The batch; it stays its owner's and outlives this.</param>
    /// <param name="parameters">Number of parameters that are learned.</param>
    public BatchParts(ReplayBatch batch, long parameters)
    {
        int half = batch.Rows / 2;
        if (batch.Rows >= FewestRows && batch.Rows % 2 == 0 && batch.Rows * parameters >= WorthSplitting)
            All = _views = [batch.Part(0, half), batch.Part(half, half)];
        else
            All = [batch];
    }

    /// <summary>The parts, equally long.</summary>
    public IReadOnlyList<ReplayBatch> All { get; }

    /// <summary>Releases the views.</summary>
    public void Dispose()
    {
        foreach (ReplayBatch view in _views) view.Dispose();
    }
}
