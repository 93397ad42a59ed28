using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Pipeline.Training.Algorithms;

/// <summary>Scalars that compiled functions compute besides what they are for, under the keys of their metrics: the mean over the functions that have one.</summary>
internal sealed class FigureSet : IDisposable
{
    private readonly List<KeyValuePair<string, TensorBuffer>> _figures = [];

    /// <summary>Declares a figure of a function.</summary>
    public void Add(FunctionBuilder build, string key, Tensor value)
    {
        var buffer = new TensorBuffer(ElementType.Float32);
        _figures.Add(new(key, buffer));
        build.Output(key, Engine.Operators.Op.Reshape(value, Shape.Scalar), buffer);
    }

    /// <summary>A figure of the latest run.</summary>
    public float this[string key] => _figures.Where(f => f.Key == key).Average(f => f.Value.Floats[0]);

    public void Report(Action<string, double> report)
    {
        foreach (string key in _figures.Select(f => f.Key).Distinct()) report(key, this[key]);
    }

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _figures.Select(f => f.Value)) buffer.Dispose();
    }
}

/// <summary>
/// One gradient step on one vector of parameters: the gradient of a loss, compiled, and the optimizer. Other networks that the loss reads take no part.
/// A loss that is a mean over a batch can be cut into equal parts of the batch, whose gradients are computed at once.
/// </summary>
internal sealed class LearningStep : IDisposable
{
    private readonly StateVector[] _gradients;
    private readonly OptimizerFunction _optimizer;
    private readonly CompiledFunction[] _functions;
    private readonly BoundCall[] _calls;
    private readonly ConcurrentCalls _parts;

    /// <summary>Builds a loss: declares its inputs, and figures and further outputs where there are any.</summary>
    /// <param name="build">Inputs and outputs of the function.</param>
    /// <param name="scope">The parameters that learn.</param>
    /// <param name="figures">Scalars to be reported.</param>
    /// <returns>The loss, a scalar.</returns>
    public delegate Tensor LossBuilder(FunctionBuilder build, ParameterScope scope, FigureSet figures);

    /// <summary>Builds the loss of a part of the batch, as <see cref="LossBuilder"/> does.</summary>
    public delegate Tensor PartBuilder(FunctionBuilder build, ParameterScope scope, FigureSet figures, int part);

    public LearningStep(ExecutionDevice device, string name, ParameterSet set, StateVector parameters, IOptimizer optimizer, double? maximumNorm, LossBuilder buildLoss)
        : this(device, name, set, parameters, optimizer, maximumNorm, 1, (build, scope, figures, _) => buildLoss(build, scope, figures))
    {
    }

    // The loss is the mean of the parts' losses.
    public LearningStep(
        ExecutionDevice device, string name, ParameterSet set, StateVector parameters, IOptimizer optimizer, double? maximumNorm, int parts, PartBuilder buildLoss)
    {
        Name = name;
        _gradients = [.. Enumerable.Range(0, parts).Select(_ => set.MakeVector("gradient", doubleBuffered: false))];
        _functions = new CompiledFunction[parts];
        _calls = new BoundCall[parts];
        Parameter[] all = [.. set.All];
        for (int part = 0; part < parts; part++)
        {
            var graph = new Graph();
            var scope = new ParameterScope(graph);
            var build = new FunctionBuilder(graph);
            Tensor loss = buildLoss(build, scope, Figures, part) * (1.0 / parts);
            build.AddParameters(scope, parameters);
            Tensor[] gradients = Gradients.Of(loss, [.. all.Select(p => scope[p])]);
            for (int i = 0; i < all.Length; i++) build.Output($"gradient.{all[i].Name}", gradients[i], Slot.Of(_gradients[part], all[i].Name));
            (_functions[part], _calls[part]) = build.Compile(device, name);
        }

        _parts = new ConcurrentCalls(device, _calls);
        _optimizer = new OptimizerFunction(device, optimizer, parameters, _gradients[0], maximumNorm);
    }

    /// <summary>A name for messages and for what is saved.</summary>
    public string Name { get; }

    /// <summary>Steps taken so far.</summary>
    public long Steps
    {
        get => _optimizer.Steps;
        set => _optimizer.Steps = value;
    }

    public FigureSet Figures { get; } = new();

    /// <summary>The optimizer's vectors, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, StateVector>> State => _optimizer.State.Select(v => KeyValuePair.Create($"{Name}.{v.Name}", v));

    /// <summary>Computes the gradient, of a step of one part. Calls of several steps may run at once.</summary>
    public BoundCall Gradient => _calls.Length == 1 ? _calls[0] : throw new InvalidOperationException($"The step {Name} has {_calls.Length} parts, each with a call of its own.");

    /// <summary>Computes the gradient and takes the step.</summary>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number; the parameters are then no longer of use.</exception>
    public void Run(double learningRate)
    {
        _parts.Run();
        foreach (StateVector gradient in _gradients.AsSpan(1)) TensorPrimitives.Add(_gradients[0].Values, gradient.Values, _gradients[0].Values);
        Take(learningRate);
    }

    /// <summary>Takes the step by the gradient that was computed last.</summary>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number; the parameters are then no longer of use.</exception>
    public void Take(double learningRate)
    {
        _optimizer.Step(learningRate);
        if (!float.IsFinite(_optimizer.GradientNorm))
            throw new NonFiniteLossException($"the norm of the gradient of {Name} is {_optimizer.GradientNorm} in step {_optimizer.Steps}.");
    }

    public void Dispose()
    {
        _parts.Dispose();
        foreach (BoundCall call in _calls) call.Dispose();
        foreach (CompiledFunction function in _functions) function.Dispose();
        _optimizer.Dispose();
        foreach (StateVector gradient in _gradients) gradient.Dispose();
        Figures.Dispose();
    }
}
