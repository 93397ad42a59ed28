using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Distributions;

/// <summary>The Fisher information of a policy, the metric of natural gradients.</summary>
public static class FisherInformation
{
    /// <summary>
    /// F·v for F the Hessian of the mean divergence KL(π_old ‖ π_θ) at θ = θ_old (Schulman et al., arXiv:1502.05477, appendix C.1): F·v = Jᵀ·(H·(J·v)), J the
    /// Jacobian by θ of what the distribution is made from, H the divergence's Hessian by that. The terms that this leaves out of the Hessian of the
    /// composition are products with the divergence's gradient, which is 0 there.
    /// </summary>
    /// <param name="policy">π, for each row of a batch.</param>
    /// <param name="parameters">θ</param>
    /// <param name="vectors">v, for each parameter a tensor of its shape.</param>
    /// <returns>For each parameter a tensor of its shape.</returns>
    public static Tensor[] Product(IDistribution policy, IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> vectors)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Tensor[] moved = Gradients.JacobianVectorProduct(policy.Parts, parameters, vectors);

        // Copies: what the divergence is differentiated by must not be joined with the layers that made it.
        Tensor[] made = [.. policy.Parts.Select(Op.StopGradient)], old = [.. made.Select(Op.StopGradient)];
        Tensor divergence = Op.Mean(policy.With(made).DivergenceFrom(policy.With(old)));
        return Gradients.VectorJacobianProduct(policy.Parts, parameters, Gradients.HessianVectorProduct(divergence, made, moved));
    }
}
