using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>
/// Importance weights cut off at c, and what makes up for it (Wang et al., arXiv:1611.01224, eq. 7): E over a of μ of min(c, ρ)·x plus E over a of π of
/// max(0, 1 − c/ρ)·x is E over a of π of x, whatever c is. From logarithms, so that no ratio overflows; any shape.
/// </summary>
public static class TruncatedWeights
{
    /// <summary>min(c, ρ), for actions of the behaviour policy μ.</summary>
    /// <param name="logRatio">ln ρ = ln π(a|s) − ln μ(a|s)</param>
    /// <param name="clip">c, above 0</param>
    public static Tensor Truncated(Tensor logRatio, double clip)
    {
        ArgumentNullException.ThrowIfNull(logRatio);
        return Op.Exp(Op.Minimum(logRatio, logRatio.Graph.Constant((float)Math.Log(clip))));
    }

    /// <summary>max(0, 1 − c/ρ), for actions of the policy π itself.</summary>
    /// <param name="logRatio">ln ρ = ln π(a|s) − ln μ(a|s)</param>
    /// <param name="clip">c, above 0</param>
    public static Tensor Correction(Tensor logRatio, double clip)
    {
        ArgumentNullException.ThrowIfNull(logRatio);
        Tensor limit = logRatio.Graph.Constant((float)Math.Log(clip));
        return 1 - Op.Exp(limit - Op.Maximum(logRatio, limit));
    }
}
