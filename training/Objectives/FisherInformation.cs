using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>The Fisher information of a policy, the metric of natural gradients.</summary>
public static class FisherInformation
{
    /// <summary>The mean divergence KL(π_old ‖ π) of distributions by what they are made from.</summary>
    /// <param name="old">What π_old is made from.</param>
    /// <param name="made">What π is made from.</param>
    /// <returns>A scalar.</returns>
    public delegate Tensor Divergence(IReadOnlyList<Tensor> old, IReadOnlyList<Tensor> made);

    /// <summary>
    /// F·v for F the Hessian of the mean divergence KL(π_old ‖ π_θ) at θ = θ_old (Schulman et al., arXiv:1502.05477, appendix C.1): F·v = Jᵀ·(H·(J·v)), J the
    /// Jacobian by θ of what the distribution is made from, H the divergence's Hessian by that. The terms that this leaves out of the Hessian of the
    /// composition are products with the divergence's gradient, which is 0 there.
    /// </summary>
    /// <param name="divergence">The mean divergence.</param>
    /// <param name="outputs">What π is made from: the network's outputs, and ln σ where there is one.</param>
    /// <param name="parameters">θ</param>
    /// <param name="vectors">v, for each parameter a tensor of its shape.</param>
    /// <returns>For each parameter a tensor of its shape.</returns>
    public static Tensor[] Product(Divergence divergence, IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> vectors)
    {
        ArgumentNullException.ThrowIfNull(divergence);
        ArgumentNullException.ThrowIfNull(outputs);
        Tensor[] moved = Gradients.JacobianVectorProduct(outputs, parameters, vectors);

        // Copies: what the divergence is differentiated by must not be joined with the layers that made it.
        Tensor[] made = [.. outputs.Select(Op.StopGradient)], old = [.. made.Select(Op.StopGradient)];
        Tensor[] curved = Gradients.HessianVectorProduct(divergence(old, made), made, moved);
        return Gradients.VectorJacobianProduct(outputs, parameters, curved);
    }
}
