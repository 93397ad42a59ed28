using System;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Contracts;

/// <summary>
/// The one source of randomness: xoshiro256** (Blackman and Vigna, 2018), seeded through SplitMix64.
/// Same seed and stream, same numbers, on every platform for the integer and uniform draws; Gaussian draws use
/// <see cref="Math.Log(double)"/> and repeat bit for bit on the same machine.
/// Not safe for use by several threads at once.
/// </summary>
public sealed class RandomGenerator
{
    /// <summary>Number of 64-bit words that <see cref="SaveState"/> writes.</summary>
    public const int StateSize = 6;

    private ulong _s0, _s1, _s2, _s3;
    private double _spareGaussian;
    private bool _hasSpareGaussian;

    /// <summary>Makes a generator. Generators with the same seed and different streams are independent for all practical purposes.</summary>
    /// <param name="seed">The recorded seed of the run.</param>
    /// <param name="stream">Which of the seed's streams: an environment's index, a purpose.</param>
    public RandomGenerator(ulong seed, ulong stream = 0) => Seed(seed, stream);

    /// <summary>Starts again from a seed, as the constructor does.</summary>
    /// <param name="seed">The recorded seed of the run.</param>
    /// <param name="stream">Which of the seed's streams.</param>
    public void Seed(ulong seed, ulong stream = 0)
    {
        ulong state = seed;
        ulong mixed = SplitMix(ref state) ^ (stream * 0xD1342543DE82EF95UL);
        _s0 = SplitMix(ref mixed);
        _s1 = SplitMix(ref mixed);
        _s2 = SplitMix(ref mixed);
        _s3 = SplitMix(ref mixed);
        _hasSpareGaussian = false;
        _spareGaussian = 0;
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform number in [0, 1) with 24 random bits.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <summary>A uniform number in [low, high).</summary>
    /// <param name="low">The lower bound, inclusive.</param>
    /// <param name="high">The upper bound, exclusive.</param>
    public double NextDouble(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>A uniform whole number in [0, <paramref name="exclusiveMaximum"/>), without modulo bias.</summary>
    /// <param name="exclusiveMaximum">How many values there are; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="exclusiveMaximum"/> is below 1.</exception>
    public int NextInt32(int exclusiveMaximum)
    {
        if (exclusiveMaximum < 1)
            throw new ArgumentOutOfRangeException(nameof(exclusiveMaximum), exclusiveMaximum, "Ask for at least 1 value.");
        uint range = (uint)exclusiveMaximum;
        ulong product = (ulong)(uint)(NextUInt64() >> 32) * range;
        if ((uint)product < range)
        {
            uint threshold = (0u - range) % range;
            while ((uint)product < threshold)
                product = (ulong)(uint)(NextUInt64() >> 32) * range;
        }

        return (int)(product >> 32);
    }

    /// <summary>A standard normal number, by Marsaglia's polar method.</summary>
    public double NextGaussian()
    {
        if (_hasSpareGaussian)
        {
            _hasSpareGaussian = false;
            return _spareGaussian;
        }

        double u, v, s;
        do
        {
            u = (2 * NextDouble()) - 1;
            v = (2 * NextDouble()) - 1;
            s = (u * u) + (v * v);
        }
        while (s >= 1 || s == 0);
        double scale = Math.Sqrt(-2 * Math.Log(s) / s);
        _spareGaussian = v * scale;
        _hasSpareGaussian = true;
        return u * scale;
    }

    /// <summary>Fills with standard normal numbers.</summary>
    /// <param name="destination">Where they go.</param>
    public void FillGaussian(Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (float)NextGaussian();
    }

    /// <summary>Fills with uniform numbers in (0, 1): never 0 and never 1, so that their logarithms are finite.</summary>
    /// <param name="destination">Where they go.</param>
    public void FillOpenUniform(Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = ((NextUInt64() >> 41) + 0.5f) * (1.0f / (1 << 23));
    }

    /// <summary>Fills with the numbers that a noise input takes.</summary>
    /// <param name="destination">Where they go.</param>
    /// <param name="kind">Normal or uniform.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="kind"/> is neither.</exception>
    public void Fill(Span<float> destination, NoiseKind kind)
    {
        if (kind == NoiseKind.Normal) FillGaussian(destination);
        else if (kind == NoiseKind.Uniform) FillOpenUniform(destination);
        else throw new ArgumentOutOfRangeException(nameof(kind), kind, "Noise is Normal or Uniform.");
    }

    /// <summary>Puts the numbers 0 … n−1 of <paramref name="indices"/> (or whatever it holds) in a random order (Fisher–Yates).</summary>
    /// <param name="indices">The numbers to shuffle, in place.</param>
    public void Shuffle(Span<int> indices)
    {
        for (int i = indices.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (indices[i], indices[j]) = (indices[j], indices[i]);
        }
    }

    /// <summary>Writes the whole state, for a checkpoint.</summary>
    /// <param name="destination">At least <see cref="StateSize"/> words.</param>
    public void SaveState(Span<ulong> destination)
    {
        destination[0] = _s0;
        destination[1] = _s1;
        destination[2] = _s2;
        destination[3] = _s3;
        destination[4] = _hasSpareGaussian ? 1UL : 0UL;
        destination[5] = (ulong)BitConverter.DoubleToInt64Bits(_spareGaussian);
    }

    /// <summary>Takes back a state that <see cref="SaveState"/> wrote.</summary>
    /// <param name="source">At least <see cref="StateSize"/> words.</param>
    public void LoadState(ReadOnlySpan<ulong> source)
    {
        _s0 = source[0];
        _s1 = source[1];
        _s2 = source[2];
        _s3 = source[3];
        _hasSpareGaussian = source[4] != 0;
        _spareGaussian = BitConverter.Int64BitsToDouble((long)source[5]);
    }

    private static ulong RotateLeft(ulong value, int count) => (value << count) | (value >> (64 - count));

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
