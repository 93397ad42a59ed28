using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>The random numbers that an update takes: inputs of its graphs, filled anew for each update.</summary>
internal sealed class UpdateNoise : IDisposable
{
    private readonly List<(TensorBuffer Buffer, NoiseKind Kind)> _buffers = [];

    /// <summary>Declares standard normal numbers as an input.</summary>
    public Tensor Normal(FunctionBuilder build, string name, params long[] shape) => build.Add(name, Normal(shape));

    /// <summary>Standard normal numbers that several functions read.</summary>
    public TensorBuffer Normal(params long[] shape) => Add(NoiseKind.Normal, shape);

    /// <summary>Declares uniform numbers in (0, 1) as an input.</summary>
    public Tensor Uniform(FunctionBuilder build, string name, params long[] shape) => build.Add(name, Add(NoiseKind.Uniform, shape));

    /// <summary>Declares what drawing actions takes.</summary>
    /// <param name="build">Inputs of the function.</param>
    /// <param name="head">What the actions are of.</param>
    /// <param name="rows">B</param>
    /// <returns>[B, K]</returns>
    public Tensor Actions(FunctionBuilder build, ActionHead head, long rows)
    {
        var noise = new List<Tensor>();
        if (head.RealSize > 0) noise.Add(Normal(build, "noise", rows, head.RealSize));
        if (head.NoiseSize > head.RealSize) noise.Add(Uniform(build, "uniform_noise", rows, head.NoiseSize - head.RealSize));
        return Op.Concat(noise, 1);
    }

    /// <summary>Draws all of them.</summary>
    public void Fill(RandomGenerator random)
    {
        foreach ((TensorBuffer buffer, NoiseKind kind) in _buffers) random.Fill(buffer.Floats, kind);
    }

    public void Dispose()
    {
        foreach ((TensorBuffer buffer, _) in _buffers) buffer.Dispose();
    }

    private TensorBuffer Add(NoiseKind kind, long[] shape)
    {
        var buffer = new TensorBuffer(ElementType.Float32, shape);
        _buffers.Add((buffer, kind));
        return buffer;
    }
}
