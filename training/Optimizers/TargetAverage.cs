using Pipeline.Training.Engine.Execution;

namespace Pipeline.Training.Optimizers;

/// <summary>A target network that follows the one that learns by <see cref="Polyak.Average"/>, long vectors in pieces on as many threads as the device has.</summary>
internal sealed class TargetAverage : IPieces
{
    private readonly StateVector _target;
    private readonly StateVector _parameters;
    private readonly double _tau;
    private readonly int _threads;

    /// <summary>Ties a target to what it follows.</summary>
    /// <param name="device">Gives the number of threads.</param>
    /// <param name="target">θ′, laid out as the first entries of <paramref name="parameters"/>.</param>
    /// <param name="parameters">θ</param>
    /// <param name="tau">τ, above 0 and at most 1.</param>
    public TargetAverage(ExecutionDevice device, StateVector target, StateVector parameters, double tau) =>
        (_target, _parameters, _tau, _threads) = (target, parameters, tau, device.Threads);

    /// <summary>Takes one step.</summary>
    public void Step() => VectorPieces.Run(_threads, _target.Length, this);

    void IPieces.Do(int piece)
    {
        (int start, int length) = VectorPieces.Of(piece, _target.Length);
        Polyak.Average(_target.Values.Slice(start, length), _parameters.Values.Slice(start, length), _tau);
    }
}
