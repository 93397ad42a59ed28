using System;
using System.IO;
using Pipeline.Contracts;

namespace Pipeline.Training.Rollout;

/// <summary>
/// The Ornstein–Uhlenbeck process that action noise follows (Uhlenbeck and Ornstein, 1930; as used by Lillicrap et al., arXiv:1509.02971):
/// x ← x − θ·x·dt + √dt·ξ with standard normal ξ, so that a deviation σ in front of x makes it the published process.
/// </summary>
/// <param name="Theta">θ, how fast it falls back to 0.</param>
/// <param name="TimeStep">dt; θ·dt lies in (0, 2).</param>
/// <param name="Stationary">
/// Whether x is scaled to variance 1 and an episode begins anywhere in it, as noise that takes the place of independent normal numbers has to; otherwise
/// an episode begins at 0.
/// </param>
public sealed record NoiseCorrelation(double Theta = 0.15, double TimeStep = 1, bool Stationary = false);

/// <summary>Noise of N environments that hangs together over the steps of an episode.</summary>
public sealed class ActionNoise
{
    private readonly int _size;
    private readonly float _keep;
    private readonly float _fresh;
    private readonly bool _stationary;
    private readonly float[] _state;
    private readonly float[] _draw;
    private readonly bool[] _started;

    /// <summary>Makes the process, at the beginning of an episode in every environment.</summary>
    /// <param name="correlation">How it hangs together.</param>
    /// <param name="environmentCount">N</param>
    /// <param name="size">K, numbers of an environment.</param>
    public ActionNoise(NoiseCorrelation correlation, int environmentCount, int size)
    {
        ArgumentNullException.ThrowIfNull(correlation);
        double keep = 1 - (correlation.Theta * correlation.TimeStep);
        _size = size;
        _stationary = correlation.Stationary;
        _keep = (float)keep;
        _fresh = (float)(_stationary ? Math.Sqrt(1 - (keep * keep)) : Math.Sqrt(correlation.TimeStep));
        _state = new float[environmentCount * size];
        _draw = new float[environmentCount * size];
        _started = new bool[environmentCount];
    }

    /// <summary>Goes one step on.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    /// <param name="noise">Receives the noise, [N, K].</param>
    public void Next(RandomGenerator random, Span<float> noise)
    {
        ArgumentNullException.ThrowIfNull(random);
        random.FillGaussian(_draw);
        for (int i = 0; i < _state.Length; i++)
        {
            bool anywhere = _stationary && !_started[i / _size];
            _state[i] = anywhere ? _draw[i] : (_keep * _state[i]) + (_fresh * _draw[i]);
        }

        Array.Fill(_started, true);
        _state.CopyTo(noise);
    }

    /// <summary>Begins a new episode in the environments whose episode ended.</summary>
    /// <param name="terminated">[N]</param>
    /// <param name="truncated">[N]</param>
    public void Restart(ReadOnlySpan<bool> terminated, ReadOnlySpan<bool> truncated)
    {
        for (int i = 0; i < _started.Length; i++)
        {
            if (!terminated[i] && !truncated[i]) continue;
            _started[i] = false;
            Array.Clear(_state, i * _size, _size);
        }
    }

    /// <summary>Writes the state.</summary>
    /// <param name="writer">Where to.</param>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (float x in _state) writer.Write(x);
        foreach (bool started in _started) writer.Write(started);
    }

    /// <summary>Takes back what <see cref="SaveState"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        foreach (ref float x in _state.AsSpan()) x = reader.ReadSingle();
        foreach (ref bool started in _started.AsSpan()) started = reader.ReadBoolean();
    }
}
