using System;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>
/// Distributions over returns on a fixed support (Bellemare et al., arXiv:1707.06887): n atoms z₀ … zₙ₋₁ evenly spaced from lowest to highest.
/// B is the batch, A the number of actions.
/// </summary>
public sealed class CategoricalReturns
{
    /// <summary>Makes the support.</summary>
    /// <param name="lowest">z₀</param>
    /// <param name="highest">zₙ₋₁</param>
    /// <param name="atoms">n, at least 2</param>
    /// <exception cref="ArgumentException">There are fewer than two atoms, or the bounds are not finite and ascending.</exception>
    public CategoricalReturns(double lowest, double highest, int atoms)
    {
        if (atoms < 2 || !(lowest < highest) || !double.IsFinite(highest - lowest))
            throw new ArgumentException($"{atoms} atoms from {lowest} to {highest} are no support. Give at least 2 atoms between finite bounds, the lower one first, such as 51 from -10 to 10.");
        (Lowest, Highest, Atoms) = (lowest, highest, atoms);
    }

    /// <summary>z₀</summary>
    public double Lowest { get; }

    /// <summary>zₙ₋₁</summary>
    public double Highest { get; }

    /// <summary>n</summary>
    public int Atoms { get; }

    /// <summary>Δz, the distance of neighbouring atoms.</summary>
    public double Spacing => (Highest - Lowest) / (Atoms - 1);

    /// <summary>The mean returns Q = Σᵢ zᵢ·pᵢ.</summary>
    /// <param name="probabilities">p, [.., n]</param>
    /// <returns>[..]</returns>
    public Tensor Means(Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        Tensor support = probabilities.Graph.Constant([.. Enumerable.Range(0, Atoms).Select(i => (float)(Lowest + (i * Spacing)))], [Atoms, 1]);
        return Op.Reshape(Op.MatMul(probabilities, support), probabilities.Shape.Without(-1));
    }

    /// <summary>
    /// The distribution of r + d·z on the support (algorithm 1 there): each atom's probability goes to the two atoms beside r + d·zⱼ, which is
    /// clipped to the support, in shares by nearness; as if Σⱼ clip(1 − |clip(r + d·zⱼ) − zᵢ|/Δz, 0, 1)·pⱼ. No gradient passes.
    /// </summary>
    /// <param name="reward">r, [B, 1], B known</param>
    /// <param name="discount">d, [B, 1], 0 where the next state is terminal.</param>
    /// <param name="probabilities">p, [B, n], of the best next action.</param>
    /// <returns>[B, n]</returns>
    public Tensor Project(Tensor reward, Tensor discount, Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(reward);
        ArgumentNullException.ThrowIfNull(probabilities);
        Graph graph = reward.Graph;
        // Everything in units of Δz from z₀: there atom i lies at i.
        float[] indices = [.. Enumerable.Range(0, Atoms).Select(i => (float)i)];
        Tensor first = (reward + (discount * Lowest) - Lowest) * (1 / Spacing);
        Tensor positions = Op.Clip(Op.MatMul(discount, graph.Constant(indices, [1, Atoms])) + first, 0, Atoms - 1);
        // Of the last atom the lower neighbour is the one before, so that there is an upper one.
        Tensor lower = Op.Minimum(Op.Floor(positions), graph.Constant(Atoms - 2));
        Tensor upperShare = probabilities * (positions - lower);
        Tensor shares = Op.Concat([probabilities - upperShare, upperShare], 1), atoms = Op.Concat([lower, lower + 1], 1);
        return Op.StopGradient(Op.ScatterAddElements(shares, Op.Cast(atoms, ElementType.Int64), 1, Atoms));
    }

    /// <summary>The cross-entropy −Σᵢ mᵢ·ln pᵢ of each sample.</summary>
    /// <param name="logits">The network's outputs for the action taken, of which p is the softmax, [B, n]</param>
    /// <param name="target">m, [B, n], sums to 1</param>
    /// <returns>[B, 1]</returns>
    public static Tensor CrossEntropy(Tensor logits, Tensor target) => -Op.ChosenLogSoftmax(logits, target);
}
