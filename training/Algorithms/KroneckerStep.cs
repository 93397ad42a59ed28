using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics.Tensors;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;
using Tensor = Pipeline.Training.Engine.Graphs.Tensor;

namespace Pipeline.Training.Algorithms;

/// <summary>What a step of one network is made from.</summary>
/// <param name="Value">The loss, a scalar.</param>
/// <param name="Layers">The network's layers.</param>
/// <param name="LogLikelihood">ln p of drawn outputs, see <see cref="KroneckerFactors.Of"/>.</param>
internal sealed record KroneckerLoss(Tensor Value, IReadOnlyList<LinearTrace> Layers, Func<Tensor, Tensor> LogLikelihood);

/// <summary>
/// A step of one network by its natural gradient, with the Kronecker-factored curvature as running means and a bound on the divergence that the quadratic
/// model predicts. Parameters that belong to no layer have a Fisher information of 2 each, which is exact for ln σ.
/// </summary>
internal sealed class KroneckerStep : IDisposable
{
    private const double LogDeviationFisher = 2;

    private readonly AcktrOptions _options;
    private readonly StateVector _parameters;
    private readonly int _first;
    private readonly StateVector _gradient;
    private readonly StateVector _direction;
    private readonly StateVector _momentum;
    private readonly StateVector _sample;
    private readonly StateVector _factors;
    private readonly StateVector _bases;
    private readonly (CompiledFunction Function, BoundCall Call) _measure;
    private readonly (CompiledFunction Function, BoundCall Call) _solve;

    /// <summary>Builds the loss: declares its inputs, and figures.</summary>
    public delegate KroneckerLoss LossBuilder(FunctionBuilder build, ParameterScope scope, FigureSet figures);

    /// <summary>Compiles gradient and factors, and the solution by them.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="options">The options.</param>
    /// <param name="buildLoss">The loss.</param>
    public KroneckerStep(OnPolicyContext context, string network, AcktrOptions options, LossBuilder buildLoss)
    {
        Name = network;
        _options = options;
        _parameters = context.Parameters;
        ParameterSet set = context.Model.Parameters.Of(network);
        _first = _parameters.Entries.First(e => e.Name == set.All[0].Name).Offset;
        _gradient = set.MakeVector("gradient", doubleBuffered: false);
        _direction = set.MakeVector("direction", doubleBuffered: false);
        _momentum = set.MakeVector("momentum", doubleBuffered: false);

        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        KroneckerLoss loss = buildLoss(build, scope, Figures);
        (Tensor Inputs, Tensor Outputs)[] factors = KroneckerFactors.Of(loss.Layers, loss.LogLikelihood);
        (string Name, Tensor Factor)[] named = [.. loss.Layers.Zip(factors, (l, f) => new[] { (InputsOf(l.Layer), f.Inputs), (OutputsOf(l.Layer), f.Outputs) }).SelectMany(p => p)];
        _sample = new StateVector("sample", named.Select(f => (f.Name, f.Factor.Shape)), doubleBuffered: false);
        _factors = new StateVector("factors", named.Select(f => (f.Name, f.Factor.Shape)), doubleBuffered: false);
        _bases = new StateVector("bases", named.SelectMany(f => new[] { (f.Name, f.Factor.Shape), (ValuesOf(f.Name), ShapeOfValues(f.Name, f.Factor)) }), doubleBuffered: false);
        foreach ((string name, Tensor factor) in named) build.Output(name, factor, Slot.Of(_sample, name));
        Tensor[] gradients = Gradients.Of(loss.Value, [.. set.All.Select(p => scope[p])]);
        for (int i = 0; i < gradients.Length; i++) build.Output($"gradient.{set.All[i].Name}", gradients[i], Slot.Of(_gradient, set.All[i].Name));
        build.AddStatistics(context.Model.Encoder, context.Statistics);
        build.AddParameters(scope, _parameters);
        _measure = build.Compile(context.Device, network);
        _solve = CompileSolution(context.Device, set, [.. loss.Layers.Select(l => l.Layer)]);
    }

    /// <summary>A name for messages and for what is saved.</summary>
    public string Name { get; }

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; set; }

    public FigureSet Figures { get; } = new();

    /// <summary>The norm of the gradient of the latest step, before clipping.</summary>
    public float GradientNorm { get; private set; }

    /// <summary>How much of the learning rate the bound left in the latest step.</summary>
    public double Share { get; private set; }

    /// <summary>The divergence that the quadratic model predicts for the latest step without its momentum.</summary>
    public double Divergence { get; private set; }

    /// <summary>What a step leaves for the next, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, StateVector>> State => new[] { _momentum, _factors, _bases }.Select(v => KeyValuePair.Create($"{Name}.{v.Name}", v));

    internal StateVector Gradient => _gradient;

    internal StateVector Direction => _direction;

    internal StateVector Factors => _factors;

    /// <summary>Takes a step for the data as they are now.</summary>
    /// <param name="learningRate">The longest step, as a share of the natural gradient.</param>
    /// <param name="bound">The largest divergence.</param>
    /// <exception cref="NonFiniteLossException">The gradient, or the direction made from it, is no longer a number.</exception>
    public void Run(double learningRate, double bound)
    {
        _measure.Call.Run();
        GradientNorm = OptimizerFunction.Norm(_gradient.Values);
        if (!float.IsFinite(GradientNorm)) throw new NonFiniteLossException($"the norm of the gradient of {Name} is {GradientNorm} in step {Steps + 1}.");
        if (_options.MaxGradientNorm is double maximum && GradientNorm > maximum)
            TensorPrimitives.Multiply(_gradient.Values, (float)(maximum / GradientNorm), _gradient.Values);
        Average();
        if (Steps % _options.EigenInterval == 0) Decompose();
        Steps++;
        _solve.Call.Run();

        // gᵀ(F + damping)⁻¹g, which is vᵀ(F + damping)v for the direction v.
        double curvature = TensorPrimitives.Dot<float>(_gradient.Values, _direction.Values);
        if (!double.IsFinite(curvature)) throw new NonFiniteLossException($"the curvature along the step of {Name} is {curvature} in step {Steps}.");
        double length = curvature > 0 ? Math.Min(learningRate, Math.Sqrt(2 * bound / curvature)) : 0;
        Share = learningRate > 0 ? length / learningRate : 0;
        Divergence = 0.5 * length * length * curvature;
        TensorPrimitives.Multiply(_momentum.Values, (float)_options.Momentum, _momentum.Values);
        TensorPrimitives.MultiplyAdd(_direction.Values, (float)((1 - _options.Momentum) * length), _momentum.Values, _momentum.Values);
        Span<float> values = _parameters.Values.Slice(_first, _momentum.Length);
        TensorPrimitives.Subtract(values, _momentum.Values, values);
    }

    public void Dispose()
    {
        foreach ((CompiledFunction function, BoundCall call) in new[] { _measure, _solve })
        {
            call.Dispose();
            function.Dispose();
        }

        foreach (StateVector vector in new[] { _gradient, _direction, _momentum, _sample, _factors, _bases }) vector.Dispose();
        Figures.Dispose();
    }

    private static string NameOf(Linear layer) => layer.Weight.Name[..^".weight".Length];

    private static string InputsOf(Linear layer) => $"{NameOf(layer)}.inputs";

    private static string OutputsOf(Linear layer) => $"{NameOf(layer)}.outputs";

    private static string ValuesOf(string factor) => $"{factor}.values";

    // A column for A, a row for G: their product is all products of two.
    private static Shape ShapeOfValues(string name, Tensor factor) =>
        name.EndsWith(".inputs", StringComparison.Ordinal) ? [factor.Shape[0].Value, 1] : [1, factor.Shape[0].Value];

    private (CompiledFunction Function, BoundCall Call) CompileSolution(ExecutionDevice device, ParameterSet set, Linear[] layers)
    {
        var graph = new Graph();
        var scope = new ParameterScope(graph, "gradient.");
        var build = new FunctionBuilder(graph);
        (Tensor Vectors, Tensor Values) Basis(string factor) => (Input(factor), Input(ValuesOf(factor)));
        Tensor Input(string entry) => build.Add(entry, _bases, entry);
        void Write(Parameter parameter, Tensor direction) => build.Output($"direction.{parameter.Name}", direction, Slot.Of(_direction, parameter.Name));
        foreach (Linear layer in layers)
        {
            Tensor gradient = Op.Concat([scope[layer.Weight], scope[layer.Bias]], 0);
            Tensor[] parts = Op.Split(
                KroneckerFactors.Solve(gradient, Basis(InputsOf(layer)), Basis(OutputsOf(layer)), _options.Damping), 0, layer.Weight.Shape[0].Value, 1);
            Write(layer.Weight, parts[0]);
            Write(layer.Bias, parts[1]);
        }

        foreach (Parameter other in set.All.Except(layers.SelectMany(l => new[] { l.Weight, l.Bias })))
            Write(other, scope[other] * (1 / (LogDeviationFisher + _options.Damping)));
        build.AddParameters(scope, _gradient);
        return build.Compile(device, $"{Name}_direction");
    }

    // The k-th mean keeps at most 1 − 1/k of what was: of the first batches it is their plain mean (arXiv:1503.05671, section 5).
    private void Average()
    {
        float keep = (float)Math.Min(_options.FactorDecay, 1 - (1.0 / (Steps + 1)));
        TensorPrimitives.Multiply(_factors.Values, keep, _factors.Values);
        TensorPrimitives.MultiplyAdd(_sample.Values, 1 - keep, _factors.Values, _factors.Values);
    }

    private void Decompose()
    {
        foreach (StateEntry factor in _factors.Entries) SymmetricEigen.Decompose(_factors[factor.Name], _bases[factor.Name], _bases[ValuesOf(factor.Name)]);
    }
}
