using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
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

    /// <summary>Draws all of them.</summary>
    public void Fill(RandomGenerator random)
    {
        foreach ((TensorBuffer buffer, NoiseKind kind) in _buffers)
        {
            if (kind == NoiseKind.Normal) random.FillGaussian(buffer.Floats);
            else random.FillOpenUniform(buffer.Floats);
        }
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
