using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics.Tensors;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;
using Tensor = Pipeline.Training.Engine.Graphs.Tensor;

namespace Pipeline.Training.Algorithms;

/// <summary>Where the policy's step finds its data. [B, …]: the states that the divergence is a mean over.</summary>
/// <param name="Observations">s</param>
/// <param name="Masks">Action masks, or null.</param>
/// <param name="OldOutputs">The policy network's outputs when the states were visited.</param>
/// <param name="OldLogDeviation">ln σ then, or null.</param>
/// <param name="Loss">Builds the negative surrogate.</param>
internal sealed record TrustRegionRows(
    TensorBuffer Observations, TensorBuffer? Masks, TensorBuffer OldOutputs, TensorBuffer? OldLogDeviation, TrustRegionRows.LossBuilder Loss)
{
    /// <summary>Builds a loss: declares its inputs.</summary>
    /// <param name="build">Inputs of the function.</param>
    /// <param name="scope">The parameters that learn.</param>
    /// <param name="policy">π for the states.</param>
    /// <returns>A scalar.</returns>
    public delegate Tensor LossBuilder(FunctionBuilder build, ParameterScope scope, IDistribution policy);
}

/// <summary>What came of a step of the policy.</summary>
/// <param name="Loss">The negative surrogate of the policy kept.</param>
/// <param name="Divergence">Mean KL(π_old ‖ π) of the policy kept, in nats.</param>
/// <param name="Share">How much of the largest step was taken; 0 where the line search found none that helps.</param>
/// <param name="GradientNorm">‖g‖</param>
/// <param name="Entropy">Of the policy before, in nats.</param>
internal readonly record struct TrustRegionFigures(float Loss, float Divergence, double Share, float GradientNorm, float Entropy);

/// <summary>
/// A step of the policy alone: the natural gradient by conjugate gradients, as long as the bound on the mean divergence lets it be, shortened until the surrogate
/// improves and the bound holds.
/// </summary>
internal sealed class TrustRegion : IDisposable
{
    private readonly TrpoOptions _options;
    private readonly TrustRegionRows _rows;
    private readonly ActorCritic _model;
    private readonly ObservationStatistics _statistics;
    private readonly ExecutionDevice _device;
    private readonly StateVector _parameters;
    private readonly StateVector _gradient;
    private readonly StateVector _vector;
    private readonly StateVector _product;
    private readonly ConjugateGradients _solver;
    private readonly float[] _start;
    private readonly TensorBuffer _loss = new(ElementType.Float32);
    private readonly TensorBuffer _entropy = new(ElementType.Float32);
    private readonly TensorBuffer _divergence = new(ElementType.Float32);
    private readonly List<TensorBuffer> _shared = [];
    private readonly (CompiledFunction Function, BoundCall Call) _first;
    private readonly (CompiledFunction Function, BoundCall Call) _multiply;
    private readonly (CompiledFunction Function, BoundCall Call) _trial;

    /// <summary>Compiles the gradient, the Fisher-vector product and the line search's trial.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="rows">The data.</param>
    /// <param name="options">The options.</param>
    public TrustRegion(OnPolicyContext context, TrustRegionRows rows, TrpoOptions options)
    {
        _options = options;
        _rows = rows;
        (_device, _model, _parameters, _statistics) = (context.Device, context.Model, context.Parameters, context.Statistics);
        ParameterSet actor = _model.Parameters.Of("actor");
        _gradient = actor.MakeVector("gradient", doubleBuffered: false);
        _vector = actor.MakeVector("vector", doubleBuffered: false);
        _product = actor.MakeVector("product", doubleBuffered: false);
        _solver = new ConjugateGradients(_gradient.Length);
        _start = new float[_gradient.Length];
        GraphCut cut;
        (_first, cut) = CompileFirst(actor);
        _multiply = CompileProduct(actor, cut);
        _trial = CompileTrial();
    }

    /// <summary>The actor's values, which come first among all parameters.</summary>
    private Span<float> Actor => _parameters.Values[.._gradient.Length];

    /// <summary>Takes the step for the data as they are now.</summary>
    /// <exception cref="NonFiniteLossException">The gradient, or the direction made from it, is no longer a number.</exception>
    public TrustRegionFigures Step()
    {
        _first.Call.Run();
        float before = _loss.Floats[0], entropy = _entropy.Floats[0], norm = OptimizerFunction.Norm(_gradient.Values);
        _solver.Solve(Multiply, _gradient.Values, _options.ConjugateGradientSteps);
        double length = Length(norm);
        Actor.CopyTo(_start);
        double share = length > 0 ? 1 : 0;
        for (int i = 0; i < _options.LineSearchSteps && share > 0; i++)
        {
            TensorPrimitives.MultiplyAdd(_solver.Solution, (float)(-share * length), _start, Actor);
            _trial.Call.Run();
            if (_divergence.Floats[0] <= _options.TargetKl && _loss.Floats[0] < before)
                return new TrustRegionFigures(_loss.Floats[0], _divergence.Floats[0], share, norm, entropy);
            share *= _options.LineSearchShrink;
        }

        _start.CopyTo(Actor);
        return new TrustRegionFigures(before, 0, 0, norm, entropy);
    }

    public void Dispose()
    {
        foreach ((CompiledFunction function, BoundCall call) in new[] { _first, _multiply, _trial })
        {
            call.Dispose();
            function.Dispose();
        }

        foreach (TensorBuffer buffer in _shared.Concat([_loss, _entropy, _divergence])) buffer.Dispose();
        _gradient.Dispose();
        _vector.Dispose();
        _product.Dispose();
    }

    /// <summary>F·v for a policy.</summary>
    /// <param name="policy">The policy, for each row of a batch.</param>
    /// <param name="actor">Its parameters.</param>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="vectors">v in the graph, as a scope of its own.</param>
    internal static Tensor[] FisherProduct(IDistribution policy, ParameterSet actor, ParameterScope scope, ParameterScope vectors) =>
        FisherInformation.Product(policy, [.. actor.All.Select(p => scope[p])], [.. actor.All.Select(p => vectors[p])]);

    // π, what lowers its surrogate, and the mask.
    private (IDistribution Policy, Tensor Loss, Tensor? Mask) Declare(FunctionBuilder build, ParameterScope scope)
    {
        Tensor observation = build.Add("observation", _rows.Observations);
        Tensor? mask = _rows.Masks is null ? null : build.Add("action_mask", _rows.Masks);
        IDistribution policy = _model.Distribution(scope, _model.PolicyOutputs(scope, _model.Encoder.Encode(observation)), mask);
        return (policy, _rows.Loss(build, scope, policy), mask);
    }

    private (CompiledFunction Function, BoundCall Call) Compile(FunctionBuilder build, ParameterScope scope, string name)
    {
        build.AddStatistics(_model.Encoder, _statistics);
        build.AddParameters(scope, _parameters);
        return build.Compile(_device, name);
    }

    // The gradient, and with it all of the product that is the same for every vector.
    private ((CompiledFunction Function, BoundCall Call) Compiled, GraphCut Cut) CompileFirst(ParameterSet actor)
    {
        var graph = new Graph();
        ParameterScope scope = new(graph), vectors = new(graph, "vector.");
        var build = new FunctionBuilder(graph);
        (IDistribution policy, Tensor loss, _) = Declare(build, scope);
        Tensor[] gradients = Gradients.Of(loss, [.. actor.All.Select(p => scope[p])]);
        for (int i = 0; i < gradients.Length; i++) build.Output($"gradient.{actor.All[i].Name}", gradients[i], Slot.Of(_gradient, actor.All[i].Name));
        build.Output("loss", loss, _loss);
        build.Output("entropy", Op.Mean(policy.Entropy), _entropy);

        var cut = new GraphCut(FisherProduct(policy, actor, scope, vectors), [.. actor.All.Select(p => vectors[p])]);
        foreach ((string name, Tensor tensor) in cut.Shared)
        {
            var buffer = new TensorBuffer(tensor.ElementType, tensor.Shape.Resolve(_ => 0));
            _shared.Add(buffer);
            build.Output(name, tensor, buffer);
        }

        return (Compile(build, scope, "trust_region"), cut);
    }

    private (CompiledFunction Function, BoundCall Call) CompileProduct(ParameterSet actor, GraphCut cut)
    {
        ParameterScope scope = new(cut.Rest), vectors = new(cut.Rest, "vector.");
        var build = new FunctionBuilder(cut.Rest);
        for (int i = 0; i < _shared.Count; i++) build.Add(cut.Shared[i].Key, _shared[i]);
        HashSet<string> read = [.. cut.Inputs.Select(i => i.Name!)];
        if (read.Contains("observation")) build.Add("observation", _rows.Observations);
        if (read.Contains("action_mask")) build.Add("action_mask", _rows.Masks!);
        foreach (Parameter parameter in actor.All)
        {
            // Asking for it is what declares it.
            if (read.Contains(scope.NameOf(parameter))) _ = scope[parameter];
            if (read.Contains(vectors.NameOf(parameter))) _ = vectors[parameter];
        }

        build.AddParameters(scope, _parameters);
        build.AddParameters(vectors, _vector);
        for (int i = 0; i < actor.All.Count; i++) build.Output($"product.{actor.All[i].Name}", cut.Outputs[i], Slot.Of(_product, actor.All[i].Name));
        return build.Compile(_device, "fisher_product");
    }

    private (CompiledFunction Function, BoundCall Call) CompileTrial()
    {
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        (IDistribution policy, Tensor loss, Tensor? mask) = Declare(build, scope);
        IDistribution old = build.AddOldPolicy(_model.Head, _rows.OldOutputs, _rows.OldLogDeviation, mask);
        build.Output("loss", loss, _loss);
        build.Output("divergence", Op.Mean(policy.DivergenceFrom(old)), _divergence);
        return Compile(build, scope, "trial");
    }

    // (F + damping)·v
    private void Multiply(ReadOnlySpan<float> vector, Span<float> product)
    {
        vector.CopyTo(_vector.Values);
        _multiply.Call.Run();
        TensorPrimitives.MultiplyAdd(vector, (float)_options.Damping, _product.Values, product);
    }

    // The factor on x = (F + damping)⁻¹·g that brings the divergence's quadratic model to its bound: √(2δ / xᵀ(F + damping)x), where (F + damping)·x = g − r.
    private double Length(float norm)
    {
        double curvature = TensorPrimitives.Dot(_solver.Solution, (ReadOnlySpan<float>)_gradient.Values) - TensorPrimitives.Dot(_solver.Solution, _solver.Residual);
        if (!float.IsFinite(norm) || !double.IsFinite(curvature))
            throw new NonFiniteLossException($"the norm of the policy's gradient is {norm}, the curvature along the step {curvature}.");
        return curvature > 0 ? Math.Sqrt(2 * _options.TargetKl / curvature) : 0;
    }
}
