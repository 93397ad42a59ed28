using System;
using System.IO;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Environments.Wrappers;

namespace Pipeline.Training.Rollout;

/// <summary>
/// The running mean and variance of observations, and the two vectors that graphs normalise by. The vectors change only when
/// <see cref="Update"/> is called, between rollouts: collecting, learning and export see the same ones.
/// </summary>
public sealed class ObservationStatistics : IDisposable
{
    private const double Epsilon = 1e-8;
    private readonly RunningMoments _moments;

    /// <summary>Starts with mean 0 and scale 1.</summary>
    /// <param name="observationSize">Floats of an observation.</param>
    public ObservationStatistics(int observationSize)
    {
        _moments = new RunningMoments(observationSize);
        Mean = new TensorBuffer(ElementType.Float32, observationSize);
        Scale = new TensorBuffer(ElementType.Float32, observationSize);
        Scale.Floats.Fill(1);
    }

    /// <summary>[observation size]</summary>
    public TensorBuffer Mean { get; }

    /// <summary>1/√(variance + 1e-8), [observation size]</summary>
    public TensorBuffer Scale { get; }

    /// <summary>Takes in observations.</summary>
    /// <param name="rows">Whole rows, one after another.</param>
    public void Update(ReadOnlySpan<float> rows)
    {
        _moments.Update(rows);
        Publish();
    }

    /// <summary>Normalises as other statistics do now; what was taken in here before no longer counts.</summary>
    /// <param name="other">The other statistics, of observations of the same size.</param>
    public void Follow(ObservationStatistics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other.Mean.Floats.CopyTo(Mean.Floats);
        other.Scale.Floats.CopyTo(Scale.Floats);
    }

    /// <summary>Writes the statistics.</summary>
    /// <param name="writer">Where to.</param>
    public void SaveState(BinaryWriter writer) => _moments.SaveState(writer);

    /// <summary>Takes back what <see cref="SaveState"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    public void LoadState(BinaryReader reader)
    {
        _moments.LoadState(reader);
        Publish();
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Mean.Dispose();
        Scale.Dispose();
    }

    private void Publish()
    {
        for (int i = 0; i < _moments.Size; i++)
        {
            Mean.Floats[i] = (float)_moments.Mean[i];
            Scale.Floats[i] = (float)(1 / Math.Sqrt(_moments.Variance[i] + Epsilon));
        }
    }
}
