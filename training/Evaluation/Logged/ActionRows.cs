using System;
using Pipeline.Contracts;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>What a policy would do in some states: a distribution over actions for each row.</summary>
/// <param name="rule">How the policy is acted by.</param>
internal abstract class ActionRows(ActingRule rule)
{
    /// <summary>How the policy is acted by.</summary>
    protected ActingRule Rule => rule;

    /// <summary>Draws an action.</summary>
    /// <param name="row">The state.</param>
    /// <param name="random">Where the randomness comes from.</param>
    /// <param name="action">Receives the action, as the environment takes it.</param>
    public void Draw(int row, RandomGenerator random, Span<float> action) => Draw(row, random, rule.Epsilon > 0 && random.NextDouble() < rule.Epsilon, action);

    /// <summary>
    /// The logarithm of the probability of an action, or of its density in the environment's units; −∞ for one that is never taken. A number of the action
    /// that lies on a bound it is cut to takes part with the probability of that.
    /// </summary>
    /// <param name="row">The state.</param>
    /// <param name="action">The action, as the environment takes it.</param>
    public double LogProbability(int row, ReadOnlySpan<float> action)
    {
        (double own, double uniform) = Logarithms(row, action);
        if (rule.Epsilon == 0) return own;
        double a = own + Math.Log(1 - rule.Epsilon), b = uniform + Math.Log(rule.Epsilon), larger = Math.Max(a, b);
        return double.IsNegativeInfinity(larger) ? larger : larger + Math.Log(Math.Exp(a - larger) + Math.Exp(b - larger));
    }

    /// <summary>The probability or density itself.</summary>
    /// <param name="row">The state.</param>
    /// <param name="action">The action, as the environment takes it.</param>
    public double Probability(int row, ReadOnlySpan<float> action) => Math.Exp(LogProbability(row, action));

    /// <summary>Draws an action, either a uniform one or one of the policy's own.</summary>
    internal abstract void Draw(int row, RandomGenerator random, bool uniformly, Span<float> action);

    /// <summary>The logarithms of an action's probability or density as the policy's own, and as a uniform one.</summary>
    internal abstract (double Own, double Uniform) Logarithms(int row, ReadOnlySpan<float> action);
}

/// <summary>Hybrid actions: parts that are drawn independently, one after the other, or all of them uniformly.</summary>
/// <param name="rule">How the policy is acted by.</param>
/// <param name="parts">The distributions of the parts.</param>
/// <param name="sizes">How many floats of an action each part has.</param>
internal sealed class HybridRows(ActingRule rule, ActionRows[] parts, int[] sizes) : ActionRows(rule)
{
    internal override void Draw(int row, RandomGenerator random, bool uniformly, Span<float> action)
    {
        for (int i = 0; i < parts.Length; action = action[sizes[i++]..]) parts[i].Draw(row, random, uniformly, action[..sizes[i]]);
    }

    internal override (double Own, double Uniform) Logarithms(int row, ReadOnlySpan<float> action)
    {
        (double Own, double Uniform) all = (0, 0);
        for (int i = 0; i < parts.Length; action = action[sizes[i++]..])
        {
            (double own, double uniform) = parts[i].Logarithms(row, action[..sizes[i]]);
            all = (all.Own + own, all.Uniform + uniform);
        }

        return all;
    }
}

/// <summary>Actions as choices in one or more branches.</summary>
internal sealed class ChoiceRows : ActionRows
{
    private readonly int[] _branches;
    private readonly int _width;
    private readonly double[] _probabilities;
    private readonly double[] _uniform;

    /// <summary>Makes the distributions.</summary>
    /// <param name="branches">Number of choices of each branch.</param>
    /// <param name="rule">How the policy is acted by.</param>
    /// <param name="modes">The deterministic actions, [rows, branches].</param>
    /// <param name="scores">What choices are drawn by, [rows, Σ choices]; read where the temperature is above 0.</param>
    /// <param name="masks">What is allowed, likewise; empty for everything.</param>
    public ChoiceRows(int[] branches, ActingRule rule, ReadOnlySpan<float> modes, ReadOnlySpan<float> scores, ReadOnlySpan<float> masks)
        : base(rule)
    {
        _branches = branches;
        foreach (int choices in branches) _width += choices;
        int rows = modes.Length / branches.Length;
        _probabilities = new double[rows * _width];
        _uniform = new double[rows * _width];
        for (int row = 0; row < rows; row++)
        {
            for (int branch = 0, first = row * _width; branch < branches.Length; first += branches[branch++])
            {
                int choices = branches[branch];
                Spread(_uniform.AsSpan(first, choices), masks.IsEmpty ? [] : masks.Slice(first, choices));
                if (rule.Temperature == 0) _probabilities[first + (int)modes[(row * branches.Length) + branch]] = 1;
                else Soften(scores.Slice(first, choices), rule.Temperature, _uniform.AsSpan(first, choices), _probabilities.AsSpan(first, choices));
            }
        }
    }

    internal override void Draw(int row, RandomGenerator random, bool uniformly, Span<float> action)
    {
        double[] by = uniformly ? _uniform : _probabilities;
        for (int branch = 0, first = row * _width; branch < _branches.Length; first += _branches[branch++])
            action[branch] = Pick(by.AsSpan(first, _branches[branch]), random.NextDouble());
    }

    internal override (double Own, double Uniform) Logarithms(int row, ReadOnlySpan<float> action)
    {
        double own = 1, uniform = 1;
        for (int branch = 0, first = row * _width; branch < _branches.Length; first += _branches[branch++])
        {
            own *= _probabilities[first + (int)action[branch]];
            uniform *= _uniform[first + (int)action[branch]];
        }

        return (Math.Log(own), Math.Log(uniform));
    }

    private static void Spread(Span<double> uniform, ReadOnlySpan<float> mask)
    {
        int allowed = 0;
        foreach (float open in mask) allowed += open > 0 ? 1 : 0;
        // A mask that allows nothing says nothing.
        for (int i = 0; i < uniform.Length; i++) uniform[i] = allowed == 0 ? 1.0 / uniform.Length : mask[i] > 0 ? 1.0 / allowed : 0;
    }

    private static void Soften(ReadOnlySpan<float> scores, double temperature, ReadOnlySpan<double> allowed, Span<double> probabilities)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (allowed[i] > 0) largest = Math.Max(largest, scores[i]);
        }

        for (int i = 0; i < scores.Length; i++) sum += probabilities[i] = allowed[i] > 0 ? Math.Exp((scores[i] - largest) / temperature) : 0;
        for (int i = 0; i < scores.Length; i++) probabilities[i] /= sum;
    }

    private static int Pick(ReadOnlySpan<double> probabilities, double at)
    {
        int last = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] == 0) continue;
            last = i;
            at -= probabilities[i];
            if (at < 0) break;
        }

        return last;
    }
}
