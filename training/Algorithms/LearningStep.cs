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

/// <summary>Scalars that compiled functions compute besides what they are for, under the keys of their metrics.</summary>
internal sealed class FigureSet : IDisposable
{
    private readonly Dictionary<string, List<TensorBuffer>> _figures = [];

    /// <summary>Declares a figure; of one that several functions declare the mean is reported.</summary>
    public void Add(FunctionBuilder build, string key, Tensor value)
    {
        var buffer = new TensorBuffer(ElementType.Float32);
        if (!_figures.TryGetValue(key, out List<TensorBuffer>? parts)) _figures.Add(key, parts = []);
        parts.Add(buffer);
        build.Output(key, Engine.Operators.Op.Reshape(value, Shape.Scalar), buffer);
    }

    /// <summary>A figure of the latest run.</summary>
    public float this[string key] => Mean(_figures[key]);

    public void Report(Action<string, double> report)
    {
        foreach ((string key, List<TensorBuffer> parts) in _figures) report(key, Mean(parts));
    }

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _figures.Values.SelectMany(p => p)) buffer.Dispose();
    }

    private static float Mean(List<TensorBuffer> parts)
    {
        float sum = 0;
        foreach (TensorBuffer part in parts) sum += part.Floats[0];
        return sum / parts.Count;
    }
}

/// <summary>Gradient steps on a vector of parameters, as far as reports and checkpoints know of them.</summary>
internal interface ILearningStep : IDisposable
{
    /// <summary>Steps taken so far.</summary>
    long Steps { get; set; }

    /// <summary>Figures of the latest step.</summary>
    FigureSet Figures { get; }

    /// <summary>The optimizer's vectors, for checkpoints.</summary>
    IEnumerable<KeyValuePair<string, StateVector>> State { get; }
}

/// <summary>
/// One gradient step on one vector of parameters: the gradient of a loss, compiled, and the optimizer. Other networks that the loss reads take no part.
/// </summary>
internal sealed class LearningStep : ILearningStep
{
    /// <summary>What the names of derivatives begin with, as outputs; the parameter's name follows.</summary>
    internal const string GradientPrefix = "gradient.";

    private readonly StateVector[] _gradients;
    private readonly OptimizerFunction _optimizer;
    private readonly FunctionParts[] _parts;
    private readonly ConcurrentCalls _calls;

    /// <summary>Builds a loss: declares its inputs, and figures and further outputs where there are any.</summary>
    /// <param name="build">Inputs and outputs of the function.</param>
    /// <param name="scope">The parameters that learn.</param>
    /// <param name="figures">Scalars to be reported.</param>
    /// <returns>The loss, a scalar.</returns>
    public delegate Tensor LossBuilder(FunctionBuilder build, ParameterScope scope, FigureSet figures);

    public LearningStep(ExecutionDevice device, string name, ParameterSet set, StateVector parameters, IOptimizer optimizer, double? maximumNorm, LossBuilder buildLoss)
        : this(device, name, set, parameters, optimizer, maximumNorm, [buildLoss])
    {
    }

    /// <summary>Makes a step by the mean of several losses: those of equal parts of a batch, whose gradients are computed at once.</summary>
    public LearningStep(ExecutionDevice device, string name, ParameterSet set, StateVector parameters, IOptimizer optimizer, double? maximumNorm, LossBuilder[] parts)
        : this(device, name, set, parameters, gradients => new OptimizerFunction(device, optimizer, parameters, gradients[0], maximumNorm, gradients[1..]), parts)
    {
    }

    /// <summary>Makes a step that an optimizer of the parts' gradients takes, which may move other parameters than those the gradients are taken at.</summary>
    public LearningStep(ExecutionDevice device, string name, ParameterSet set, StateVector parameters, Func<StateVector[], OptimizerFunction> makeOptimizer, LossBuilder[] parts)
    {
        Name = name;
        _gradients = [.. parts.Select(_ => set.MakeVector("gradient", doubleBuffered: false))];
        _parts = [.. parts.Zip(_gradients, (buildLoss, gradient) => Declare(set, parameters, gradient, buildLoss, Figures).CompileParts(device, name))];
        _calls = new ConcurrentCalls(device, [.. Calls]);
        _optimizer = makeOptimizer(_gradients);
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

    /// <summary>The gradient of the latest step, before clipping.</summary>
    public StateVector Gradient => _gradients[0];

    /// <summary>The norm of the gradient of the latest step, before clipping.</summary>
    public float GradientNorm => _optimizer.GradientNorm;

    /// <summary>The optimizer's vectors, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, StateVector>> State => _optimizer.State.Select(v => KeyValuePair.Create($"{Name}.{v.Name}", v));

    /// <summary>What computes the gradient. All of them, and those of several steps, may run at once.</summary>
    public IEnumerable<BoundCall> Calls => _parts.SelectMany(p => p.Calls);

    /// <summary>Computes the gradient and takes the step.</summary>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number; the parameters are then no longer of use.</exception>
    public void Run(double learningRate)
    {
        _calls.Run();
        Take(learningRate);
    }

    /// <summary>Takes the step by the gradient that was computed last.</summary>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number; the parameters are then no longer of use.</exception>
    public void Take(double learningRate)
    {
        _optimizer.Step(learningRate);
        CheckNorm(Name, _optimizer.GradientNorm, _optimizer.Steps);
    }

    public void Dispose()
    {
        foreach (FunctionParts part in _parts) part.Dispose();
        _optimizer.Dispose();
        foreach (StateVector gradient in _gradients) gradient.Dispose();
        Figures.Dispose();
    }

    /// <summary>Makes sure that a gradient is a number.</summary>
    /// <exception cref="NonFiniteLossException">Its norm is none.</exception>
    internal static void CheckNorm(string name, float norm, long step)
    {
        if (!float.IsFinite(norm)) throw new NonFiniteLossException($"the norm of the gradient of {name} is {norm} in step {step}.");
    }

    /// <summary>Declares a loss and its derivatives, outputs named by <see cref="GradientPrefix"/>.</summary>
    internal static FunctionBuilder Declare(ParameterSet set, StateVector parameters, StateVector gradient, LossBuilder buildLoss, FigureSet figures)
    {
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor loss = buildLoss(build, scope, figures);
        build.AddParameters(scope, parameters);
        Parameter[] all = [.. set.All];
        Tensor[] gradients = Gradients.Of(loss, [.. all.Select(p => scope[p])]);
        for (int i = 0; i < all.Length; i++) build.Output(GradientPrefix + all[i].Name, gradients[i], Slot.Of(gradient, all[i].Name));
        return build;
    }
}
