using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// Real-valued actions: normal numbers cut to what is allowed, or squashed by tanh, then rescaled to the bounds. What is cut leaves probability on the bounds
/// themselves; a squashed number, too, comes to lie on its bound where the format of 32 bits ends.
/// </summary>
internal sealed class RealRows : ActionRows
{
    // tanh u rounds to 1 in 32 bits from here on.
    private const double Saturated = 9.010913347279288;
    private static readonly double _logSqrtTwoPi = 0.5 * Math.Log(2 * Math.PI);
    private readonly Box _box;
    private readonly bool _squashed;
    private readonly bool _rescales;
    private readonly float[] _modes;
    private readonly float[] _means;
    private readonly float[] _logDeviations;

    /// <summary>Makes the distributions.</summary>
    /// <param name="box">The action space.</param>
    /// <param name="rule">How the policy is acted by.</param>
    /// <param name="modes">The deterministic actions, [rows, A], as the environment takes them.</param>
    /// <param name="means">μ, [rows, A], in the units of learning; not read where the action is deterministic.</param>
    /// <param name="logDeviations">ln σ, likewise.</param>
    /// <param name="squashed">Whether tanh is taken; else numbers are cut.</param>
    public RealRows(Box box, ActingRule rule, float[] modes, float[] means, float[] logDeviations, bool squashed)
        : base(rule)
    {
        (_box, _modes, _means, _logDeviations, _squashed) = (box, modes, means, logDeviations, squashed);
        _rescales = box.IsBounded;
    }

    internal override void Draw(int row, RandomGenerator random, bool uniformly, Span<float> action)
    {
        int first = row * _box.Size;
        for (int i = 0; i < _box.Size; i++)
        {
            if (uniformly) action[i] = (float)random.NextDouble(_box.Low[i], _box.High[i]);
            else if (Rule.Temperature == 0) action[i] = _modes[first + i];
            else action[i] = ToEnvironment(i, _means[first + i] + (Math.Exp(_logDeviations[first + i]) * Rule.Temperature * random.NextGaussian()));
        }
    }

    internal override (double Own, double Uniform) Logarithms(int row, ReadOnlySpan<float> action)
    {
        if (Rule.Temperature == 0) throw new InvalidOperationException("A deterministic action has no density.");
        double own = 0, uniform = 0;
        for (int i = 0; i < _box.Size; i++)
        {
            if (_box.Low[i] == _box.High[i]) continue;
            (double log, bool onBound) = LogDensity((row * _box.Size) + i, i, action[i]);
            own += log;
            uniform += onBound ? double.NegativeInfinity : -Math.Log((double)_box.High[i] - _box.Low[i]);
        }

        return (own, uniform);
    }

    private float ToEnvironment(int i, double x)
    {
        if (_squashed) x = Math.Tanh(x);
        float low = _box.Low[i], high = _box.High[i];
        if (!_rescales) return (float)Math.Clamp(x, low, high);
        // Not one unit of the last place beside the bound.
        if ((float)x >= 1) return high;
        if ((float)x <= -1) return low;
        double half = ((double)high - low) / 2;
        return (float)Math.Clamp((x * half) + low + half, low, high);
    }

    private (double Log, bool OnBound) LogDensity(int entry, int i, float action)
    {
        double low = _box.Low[i], high = _box.High[i], half = _rescales ? (high - low) / 2 : 1;
        double mean = _means[entry], deviation = Math.Exp(_logDeviations[entry]) * Rule.Temperature;
        double margin = _rescales ? 1e-6 * half : 0;
        double x = _rescales ? (action - low - half) / half : action;
        double end = _squashed ? Saturated : _rescales ? 1 : x;
        // The deterministic end of a range: all that would lie beyond it.
        if (action >= high - margin) return (LogUpperTail((end - mean) / deviation), true);
        if (action <= low + margin) return (LogUpperTail((mean + (_rescales ? end : -x)) / deviation), true);
        double u = _squashed ? Math.Atanh(x) : x, z = (u - mean) / deviation;
        double volume = _squashed ? Math.Log(1 - (x * x)) : 0;
        return ((-0.5 * z * z) - _logSqrtTwoPi - Math.Log(deviation) - volume - Math.Log(half), false);
    }

    /// <summary>ln(1 − Φ(z)): far out by Laplace's continued fraction (Abramowitz and Stegun, 26.2.14), where 1 − Φ itself has no digits left.</summary>
    internal static double LogUpperTail(double z)
    {
        if (z < 5) return Math.Log(1 - NormalDistribution.Cumulative(z));
        double fraction = z;
        for (int k = 60; k >= 1; k--) fraction = z + (k / fraction);
        return (-0.5 * z * z) - _logSqrtTwoPi - Math.Log(fraction);
    }
}
