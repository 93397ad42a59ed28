using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The Kronecker-factored approximation of the Fisher information (Martens and Grosse, arXiv:1503.05671): of a dense layer y = x·W + b it is A ⊗ G with
/// A = E[a·aᵀ] for a the inputs and a 1 for the bias, and G = E[g·gᵀ] for g the gradient of the log-likelihood of drawn outputs by y. Layers are taken for independent.
/// </summary>
public static class KroneckerFactors
{
    /// <summary>A and G of each layer, as means over a batch.</summary>
    /// <param name="layers">The layers, in order; the last one's output is the network's.</param>
    /// <param name="logLikelihood">
    /// From the network's outputs, [B, P], ln p of something drawn from the distribution that these make, [B, 1]; what is drawn is held fixed.
    /// </param>
    /// <returns>For each layer A, [inputs + 1, inputs + 1], and G, [outputs, outputs].</returns>
    public static (Tensor Inputs, Tensor Outputs)[] Of(IReadOnlyList<LinearTrace> layers, Func<Tensor, Tensor> logLikelihood)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(logLikelihood);

        // A copy: what comes after the last layer may have been joined with it, and then its output is not on the way to the likelihood.
        Tensor outputs = layers[^1].Output, made = Op.StopGradient(outputs);
        Tensor last = Gradients.Of(Op.Sum(logLikelihood(made)), [made])[0];
        Tensor[] before = Gradients.VectorJacobianProduct([outputs], [.. layers.SkipLast(1).Select(l => l.Output)], [last]);
        return [.. layers.Zip(before.Append(last), (layer, gradient) => (SecondMoment(WithOne(layer.Input)), SecondMoment(gradient)))];
    }

    /// <summary>(A ⊗ G + damping)⁻¹ applied to the gradient of a layer, through the eigenvectors and eigenvalues of both factors.</summary>
    /// <param name="gradient">By W and, below it, by b, [inputs + 1, outputs].</param>
    /// <param name="inputs">Of A: eigenvectors as columns, and eigenvalues as a column.</param>
    /// <param name="outputs">Of G: eigenvectors as columns, and eigenvalues as a row.</param>
    /// <param name="damping">Above 0.</param>
    /// <returns>[inputs + 1, outputs]</returns>
    public static Tensor Solve(Tensor gradient, (Tensor Vectors, Tensor Values) inputs, (Tensor Vectors, Tensor Values) outputs, double damping)
    {
        Tensor rotated = Op.MatMul(Op.MatMul(inputs.Vectors, gradient, transposeA: true), outputs.Vectors);
        Tensor scaled = rotated / (Op.MatMul(inputs.Values, outputs.Values) + damping);
        return Op.MatMul(Op.MatMul(inputs.Vectors, scaled), outputs.Vectors, transposeB: true);
    }

    private static Tensor WithOne(Tensor x)
    {
        long rows = x.Shape[0].Value;
        return Op.Concat([x, x.Graph.Constant([.. Enumerable.Repeat(1f, (int)rows)], [rows, 1])], 1);
    }

    private static Tensor SecondMoment(Tensor x) => Op.MatMul(x, x, transposeA: true) * (1.0 / x.Shape[0].Value);
}
