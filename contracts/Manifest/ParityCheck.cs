using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Contracts.Manifest;

/// <summary>How closely the exported file agreed with the training graph when it was written.</summary>
public sealed record ParityCheck
{
    private readonly int[] _batches;

    /// <summary>States a check.</summary>
    /// <param name="maxAbsError">Largest absolute difference over all outputs and batches.</param>
    /// <param name="batches">The batch sizes that were compared.</param>
    /// <exception cref="ArgumentOutOfRangeException">The error is negative or not finite.</exception>
    public ParityCheck(double maxAbsError, IReadOnlyList<int> batches)
    {
        if (!(maxAbsError >= 0) || double.IsInfinity(maxAbsError))
            throw new ArgumentOutOfRangeException(nameof(maxAbsError), maxAbsError, "A parity error is a finite number of at least 0.");
        MaxAbsError = maxAbsError;
        _batches = (batches ?? throw new ArgumentNullException(nameof(batches))).ToArray();
    }

    /// <summary>Largest absolute difference over all outputs and batches.</summary>
    public double MaxAbsError { get; }

    /// <summary>The batch sizes that were compared.</summary>
    public IReadOnlyList<int> Batches => _batches;

    /// <summary>Whether error and batch sizes are equal.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(ParityCheck? other) => other is not null && MaxAbsError.Equals(other.MaxAbsError) && _batches.AsSpan().SequenceEqual(other._batches);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MaxAbsError, _batches.Length);
}
