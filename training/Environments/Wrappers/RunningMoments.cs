using System;
using System.IO;

namespace Pipeline.Training.Environments.Wrappers;

/// <summary>
/// Mean and variance of everything seen so far, for each component of a row on its own, in 64-bit numbers: batches are summed up by
/// themselves and joined to what was there (Chan, Golub and LeVeque, 1979). The variance is the population's (divided by the count).
/// </summary>
public sealed class RunningMoments : IStateful
{
    /// <summary>What the statistics start from: as if this many rows of mean 0 and variance 1 had been seen, as in Gymnasium.</summary>
    public const double UsualPriorCount = 1e-4;

    private readonly double[] _mean;
    private readonly double[] _variance;
    private readonly double[] _batchMean;
    private readonly double[] _batchSquares;

    /// <summary>Makes statistics of mean 0 and variance 1.</summary>
    /// <param name="size">The number of components of a row, at least 1.</param>
    /// <param name="priorCount">How many rows that start weighs as; at least 0, where 0 leaves the data alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public RunningMoments(int size, double priorCount = UsualPriorCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (priorCount is not >= 0 || double.IsInfinity(priorCount))
            throw new ArgumentOutOfRangeException(nameof(priorCount), priorCount, "The weight of the start is a finite number of at least 0.");
        _mean = new double[size];
        _variance = new double[size];
        _batchMean = new double[size];
        _batchSquares = new double[size];
        Array.Fill(_variance, 1);
        Count = priorCount;
    }

    /// <summary>The number of components.</summary>
    public int Size => _mean.Length;

    /// <summary>How many rows were seen, the weight of the start included.</summary>
    public double Count { get; private set; }

    /// <summary>The mean of each component.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>The variance of each component.</summary>
    public ReadOnlySpan<double> Variance => _variance;

    /// <summary>Whether <see cref="Update"/> leaves everything as it is: for evaluation. Not part of the saved state.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Takes in rows. Allocates nothing.</summary>
    /// <param name="rows">[n, <see cref="Size"/>], row-major; n may be 0.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of <see cref="Size"/>.</exception>
    public void Update(ReadOnlySpan<float> rows)
    {
        int size = Size, count = rows.Length / size;
        if (count * size != rows.Length)
            throw new ArgumentException($"{rows.Length} numbers are not whole rows of {size}.", nameof(rows));
        if (IsFrozen || count == 0) return;
        Array.Clear(_batchMean);
        Array.Clear(_batchSquares);
        for (int row = 0; row < rows.Length; row += size)
        {
            for (int i = 0; i < size; i++) _batchMean[i] += rows[row + i];
        }

        for (int i = 0; i < size; i++) _batchMean[i] /= count;
        for (int row = 0; row < rows.Length; row += size)
        {
            for (int i = 0; i < size; i++)
            {
                double deviation = rows[row + i] - _batchMean[i];
                _batchSquares[i] += deviation * deviation;
            }
        }

        Join(count);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Size);
        writer.Write(Count);
        foreach (double value in _mean) writer.Write(value);
        foreach (double value in _variance) writer.Write(value);
    }

    /// <inheritdoc/>
    /// <exception cref="EnvironmentException">The state is of rows of another size.</exception>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int size = reader.ReadInt32();
        if (size != Size)
            throw new EnvironmentException($"The saved statistics are of rows of {size} numbers, and these are of {Size}. Load them for the environment that they were saved with.");
        Count = reader.ReadDouble();
        foreach (ref double value in _mean.AsSpan()) value = reader.ReadDouble();
        foreach (ref double value in _variance.AsSpan()) value = reader.ReadDouble();
    }

    private void Join(int batchCount)
    {
        double total = Count + batchCount;
        for (int i = 0; i < _mean.Length; i++)
        {
            double difference = _batchMean[i] - _mean[i];
            double squares = (_variance[i] * Count) + _batchSquares[i] + (difference * difference * Count * batchCount / total);
            _mean[i] += difference * batchCount / total;
            _variance[i] = squares / total;
        }

        Count = total;
    }
}
