using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx;

namespace Pipeline.Training.Engine.Operators;

/// <summary>The shape rule: type and shape of the result; throws <see cref="ArgumentException"/> for inputs that do not fit.</summary>
/// <param name="inputs">What the operator is applied to.</param>
/// <param name="attributes">Its settings.</param>
public delegate (ElementType ElementType, Shape Shape) InferRule(Tensor[] inputs, Attributes attributes);

/// <summary>
/// The gradient rule. The incoming gradient may have a shape that merely broadcasts to the result's
/// (<see cref="Broadcasting.Full"/> stretches it), and so may what is returned.
/// </summary>
/// <param name="result">The operator's result.</param>
/// <param name="gradient">Derivative of the scalar being differentiated with respect to the result.</param>
/// <returns>The derivative for each input; null where it is zero everywhere or has no meaning.</returns>
public delegate Tensor?[] GradientRule(Tensor result, Tensor gradient);

/// <summary>Writes the ONNX nodes that compute the result.</summary>
/// <param name="emitter">Where the nodes go.</param>
/// <param name="result">The operator's result.</param>
public delegate void EmissionRule(Emitter emitter, Tensor result);

/// <summary>A row of the operator table: everything the engine knows of an operator.</summary>
/// <param name="Name">Its name in printed graphs.</param>
/// <param name="Infer">Its shape rule.</param>
/// <param name="Gradient">Its gradient rule; null for an operator that passes no gradient.</param>
/// <param name="Emit">Its emission.</param>
public sealed record Operator(string Name, InferRule Infer, GradientRule? Gradient, EmissionRule Emit)
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<Operator> All { get; } =
    [
        .. Sources.Rows, .. Elementwise.Rows, .. Comparison.Rows, .. Reductions.Rows, .. Normalizing.Rows, .. MatrixProducts.Rows,
        .. Shaping.Rows, .. Indexing.Rows, .. Convolution.Rows, .. Pooling.Rows,
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static void RequireFloat(Tensor[] inputs, string name)
    {
        Tensor? wrong = inputs.FirstOrDefault(i => i.ElementType != ElementType.Float32);
        if (wrong is not null)
            throw new ArgumentException($"{name} takes Float32; {wrong} is {wrong.ElementType} {wrong.Shape}. Cast it first.");
    }

    internal static void Require(bool condition, string name, string rule, params Tensor[] inputs)
    {
        if (!condition)
            throw new ArgumentException($"{name}: {rule}. Given: {string.Join(", ", inputs.Select(i => $"{i} {i.ElementType} {i.Shape}"))}.");
    }
}
