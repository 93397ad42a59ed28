using System;
using System.IO;
using Pipeline.Contracts;

namespace Pipeline.Training.Environments.Pixels;

/// <summary>
/// Sticky actions (Machado et al., arXiv:1709.06009): with a certain probability the action taken before is taken again in place of the one
/// chosen. Before the first step of an episode stands action 0.
/// </summary>
internal struct StickyActions
{
    private readonly double _probability;
    private RandomGenerator? _random;
    private int _previous;

    /// <summary>Sets the probability.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 0 to 1.</exception>
    public StickyActions(double probability)
    {
        if (probability is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(probability), probability, "The probability that an action sticks is 0 to 1.");
        _probability = probability;
    }

    /// <summary>Starts an episode.</summary>
    public void Reset(RandomGenerator random)
    {
        _random = random;
        _previous = 0;
    }

    /// <summary>The action that is taken where this one is chosen.</summary>
    public int Take(int chosen)
    {
        if (_random is null) throw new InvalidOperationException("Start an episode first: call Reset.");
        if (_probability > 0 && _random.NextDouble() < _probability) return _previous;
        return _previous = chosen;
    }

    /// <summary>Writes the state.</summary>
    public readonly void Save(BinaryWriter writer) => writer.Write(_previous);

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    public void Load(BinaryReader reader) => _previous = reader.ReadInt32();
}
