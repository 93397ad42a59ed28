using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>One convolution without padding.</summary>
/// <param name="Channels">Number of output channels.</param>
/// <param name="Kernel">Height and width of the kernel.</param>
/// <param name="Stride">Step of the kernel, both ways.</param>
public sealed record ConvolutionLayer(int Channels, int Kernel, int Stride);

/// <summary>
/// Convolutions with max(x, 0) after each, over images that come as rows [channels · height · width]. Kernels and biases start uniform in
/// ±1/√(channels · kernel²), PyTorch's default.
/// </summary>
public sealed class ConvolutionalTorso
{
    /// <summary>One layer of 16 channels, 3×3, for planes of ten by ten (Young and Tian, arXiv:1903.03176).</summary>
    public static readonly IReadOnlyList<ConvolutionLayer> SmallPlanes = [new(16, 3, 1)];

    /// <summary>The three layers of Mnih et al., Nature 518, 2015, for 84 by 84 pixels.</summary>
    public static readonly IReadOnlyList<ConvolutionLayer> LargeImages = [new(32, 8, 4), new(64, 4, 2), new(64, 3, 1)];

    /// <summary>Layers of 3×3 with stride 1.</summary>
    /// <param name="channels">Number of output channels of each.</param>
    public static IReadOnlyList<ConvolutionLayer> OfChannels(IEnumerable<int> channels) => [.. channels.Select(c => new ConvolutionLayer(c, 3, 1))];

    private readonly int[] _shape;
    private readonly List<(Parameter Kernel, Parameter Bias, int Stride)> _layers = [];

    /// <summary>Declares the layers <c>name.0</c>, <c>name.1</c>, ….</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The network's name.</param>
    /// <param name="images">The observations: channels, height, width.</param>
    /// <param name="layers">The convolutions.</param>
    /// <exception cref="ArgumentException">The observations are no images, or a kernel is larger than what it is laid on.</exception>
    public ConvolutionalTorso(ParameterSet parameters, string name, Box images, IReadOnlyList<ConvolutionLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(layers);
        if (!Reads(images))
            throw new ArgumentException($"Convolutions read observations of three axes (channels, height, width), not {images}. Use dense layers alone for it.", nameof(images));
        _shape = [.. images.Shape];
        (int channels, int height, int width) = (_shape[0], _shape[1], _shape[2]);
        foreach (ConvolutionLayer layer in layers)
        {
            if (layer.Kernel < 1 || layer.Stride < 1 || layer.Channels < 1 || layer.Kernel > Math.Min(height, width))
                throw new ArgumentException($"A convolution of {layer.Channels} channels, kernel {layer.Kernel} and stride {layer.Stride} cannot be laid on {height} by {width}: channels and stride are at least 1, the kernel from 1 to {Math.Min(height, width)}.", nameof(layers));
            long inputs = (long)channels * layer.Kernel * layer.Kernel;
            _layers.Add((
                parameters.Add($"{name}.{_layers.Count}.weight", [layer.Channels, channels, layer.Kernel, layer.Kernel], Initializers.FanIn(inputs)),
                parameters.Add($"{name}.{_layers.Count}.bias", [layer.Channels, 1, 1], Initializers.FanIn(inputs)),
                layer.Stride));
            (channels, height, width) = (layer.Channels, ((height - layer.Kernel) / layer.Stride) + 1, ((width - layer.Kernel) / layer.Stride) + 1);
        }

        Size = channels * height * width;
    }

    /// <summary>Number of outputs.</summary>
    public int Size { get; }

    /// <summary>Whether observations are images: real numbers of three axes.</summary>
    /// <param name="space">The observation space.</param>
    public static bool Reads(Space space) => space is Box { Shape.Count: 3 };

    /// <summary>Applies the network.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="rows">[B, channels · height · width]</param>
    /// <returns>[B, <see cref="Size"/>]</returns>
    public Tensor Apply(ParameterScope scope, Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(rows);
        Tensor x = Op.Reshape(rows, [rows.Shape[0], .. _shape.Select(length => (Dimension)length)]);
        foreach ((Parameter kernel, Parameter bias, int stride) in _layers) x = Op.Relu(Op.Conv(x, scope[kernel], stride) + scope[bias]);
        return Op.Reshape(x, [rows.Shape[0], Size]);
    }
}
