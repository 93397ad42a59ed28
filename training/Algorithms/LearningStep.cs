using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>Scalars that a compiled function computes besides what it is for, under the keys of their metrics.</summary>
internal sealed class FigureSet : IDisposable
{
    private readonly List<KeyValuePair<string, TensorBuffer>> _figures = [];

    /// <summary>Declares a figure.</summary>
    public void Add(FunctionBuilder build, string key, Tensor value)
    {
        var buffer = new TensorBuffer(ElementType.Float32);
        _figures.Add(new(key, buffer));
        build.Output(key, Engine.Operators.Op.Reshape(value, Shape.Scalar), buffer);
    }

    /// <summary>A figure of the latest run.</summary>
    public float this[string key] => _figures.First(f => f.Key == key).Value.Floats[0];

    public void Report(Action<string, double> report)
    {
        foreach ((string key, TensorBuffer buffer) in _figures) report(key, buffer.Floats[0]);
    }

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _figures.Select(f => f.Value)) buffer.Dispose();
    }
}

/// <summary>
/// One gradient step on one vector of parameters: the gradient of a loss, compiled, and the optimizer. Other networks that the loss reads take no part.
/// </summary>
internal sealed class LearningStep : IDisposable
{
    private readonly StateVector _gradient;
    private readonly OptimizerFunction _optimizer;
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;

    /// <summary>Builds a loss: declares its inputs, and figures and further outputs where there are any.</summary>
    /// <param name="build">Inputs and outputs of the function.</param>
    /// <param name="scope">The parameters that learn.</param>
    /// <param name="figures">Scalars to be reported.</param>
    /// <returns>The loss, a scalar.</returns>
    public delegate Tensor LossBuilder(FunctionBuilder build, ParameterScope scope, FigureSet figures);

    public LearningStep(ExecutionDevice device, string name, ParameterSet set, StateVector parameters, IOptimizer optimizer, double? maximumNorm, LossBuilder buildLoss)
    {
        Name = name;
        _gradient = set.MakeVector("gradient", doubleBuffered: false);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor loss = buildLoss(build, scope, Figures);
        build.AddParameters(scope, parameters);
        Parameter[] all = [.. set.All];
        Tensor[] gradients = Gradients.Of(loss, [.. all.Select(p => scope[p])]);
        for (int i = 0; i < all.Length; i++) build.Output($"gradient.{all[i].Name}", gradients[i], Slot.Of(_gradient, all[i].Name));
        (_function, _call) = build.Compile(device, name);
        _optimizer = new OptimizerFunction(device, optimizer, parameters, _gradient, maximumNorm);
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

    /// <summary>Computes the gradient. Calls of several steps may run at once.</summary>
    public BoundCall Gradient => _call;

    /// <summary>Computes the gradient and takes the step.</summary>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number; the parameters are then no longer of use.</exception>
    public void Run(double learningRate)
    {
        _call.Run();
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
        _call.Dispose();
        _function.Dispose();
        _optimizer.Dispose();
        _gradient.Dispose();
        Figures.Dispose();
    }
}
