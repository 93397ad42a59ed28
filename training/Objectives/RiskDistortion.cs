using System;

namespace Pipeline.Training.Objectives;

/// <summary>How fractions are distorted.</summary>
public enum RiskKind
{
    /// <summary>τ: the mean return counts.</summary>
    Neutral,

    /// <summary>Cumulative probability weighting (Tversky and Kahneman, 1992): τ^η / (τ^η + (1 − τ)^η)^(1/η). η above 0; people are near 0.71.</summary>
    Cpw,

    /// <summary>Wang's distortion (2000): Φ(Φ⁻¹(τ) + η), Φ the normal distribution function. η below 0 avoids risk, above 0 seeks it.</summary>
    Wang,

    /// <summary>A power: τ^(1/(1 + |η|)) for η ≥ 0, otherwise 1 − (1 − τ)^(1/(1 + |η|)). η below 0 avoids risk, above 0 seeks it.</summary>
    Pow,

    /// <summary>Conditional value at risk: η·τ, the mean of the worst share η. η above 0, at most 1.</summary>
    Cvar,
}

/// <summary>
/// β, which turns the fractions τ that a policy averages quantiles over into others, so that risk is avoided or sought
/// (Dabney et al., arXiv:1806.06923, section 3.1).
/// </summary>
public sealed record RiskDistortion
{
    /// <summary>Makes a distortion.</summary>
    /// <param name="kind">Which one.</param>
    /// <param name="eta">η; not read where the kind is neutral.</param>
    /// <exception cref="ArgumentOutOfRangeException">η is outside what the kind allows.</exception>
    public RiskDistortion(RiskKind kind, double eta)
    {
        (bool fits, string allowed) = kind switch
        {
            RiskKind.Cpw => (eta > 0, "above 0, such as 0.71"),
            RiskKind.Cvar => (eta is > 0 and <= 1, "above 0 and at most 1, such as 0.25"),
            _ => (true, "finite, such as -0.75"),
        };
        if (!fits || !double.IsFinite(eta))
            throw new ArgumentOutOfRangeException(nameof(eta), eta, $"The distortion {kind} takes an η {allowed}.");
        (Kind, Eta) = (kind, eta);
    }

    /// <summary>Leaves fractions as they are.</summary>
    public static RiskDistortion Neutral { get; } = new(RiskKind.Neutral, 0);

    /// <summary>Which one.</summary>
    public RiskKind Kind { get; }

    /// <summary>η</summary>
    public double Eta { get; }

    /// <summary>β(τ).</summary>
    /// <param name="tau">τ, 0 to 1</param>
    /// <returns>0 to 1</returns>
    public double Apply(double tau) => Kind switch
    {
        RiskKind.Cpw => Math.Pow(tau, Eta) / Math.Pow(Math.Pow(tau, Eta) + Math.Pow(1 - tau, Eta), 1 / Eta),
        RiskKind.Wang => tau is <= 0 or >= 1 ? tau : NormalDistribution.Cumulative(NormalDistribution.Quantile(tau) + Eta),
        RiskKind.Pow => Eta >= 0 ? Math.Pow(tau, 1 / (1 + Eta)) : 1 - Math.Pow(1 - tau, 1 / (1 - Eta)),
        RiskKind.Cvar => Eta * tau,
        _ => tau,
    };
}
