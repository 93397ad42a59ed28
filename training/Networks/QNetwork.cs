using System;
using System.Collections.Generic;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Networks;

/// <summary>What an action-value network is made of.</summary>
public sealed record QNetworkLayout
{
    /// <summary>Width of each dense hidden layer.</summary>
    public IReadOnlyList<int> HiddenSizes { get; init; } = [128, 128];

    /// <summary>The nonlinearity between dense layers.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>The convolutions before them; used where observations are images (real numbers of three axes), not read otherwise.</summary>
    public IReadOnlyList<ConvolutionLayer> Convolutions { get; init; } = ConvolutionalTorso.SmallPlanes;

    /// <summary>K, how many numbers there are for each action: 1 for values, the number of atoms or quantiles for distributions.</summary>
    public int Atoms { get; init; } = 1;

    /// <summary>
    /// Whether values are made of two streams, Q = V + A − mean over actions of A (Wang et al., arXiv:1511.06581, eq. 9), atom by atom. As there, each
    /// stream has its own last hidden layer, of the width that one stream would have.
    /// </summary>
    public bool Dueling { get; init; }

    /// <summary>Whether every dense layer is a <see cref="NoisyLinear"/>; convolutions never are.</summary>
    public bool Noisy { get; init; }
}

/// <summary>
/// Q(s, ·), or K numbers for each action that a distribution over returns is made of: convolutions where observations are images, then dense
/// layers. Weights and biases start uniform in ±1/√inputs, PyTorch's default.
/// </summary>
public sealed class QNetwork
{
    private readonly ConvolutionalTorso? _torso;
    private readonly QHead _head;

    /// <summary>Declares the network's parameters.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The network's name.</param>
    /// <param name="observations">What is observed; decides whether there are convolutions.</param>
    /// <param name="inputs">Number of encoded floats.</param>
    /// <param name="actions">A, the number of actions.</param>
    /// <param name="layout">What it is made of.</param>
    public QNetwork(ParameterSet parameters, string name, Space observations, int inputs, int actions, QNetworkLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _torso = Torso(parameters, name, observations, layout);
        _head = new QHead(parameters, name, _torso?.Size ?? inputs, layout.HiddenSizes, actions, layout);
        (Actions, Layout) = (actions, layout);
    }

    /// <summary>A, the number of actions.</summary>
    public int Actions { get; }

    /// <summary>What it is made of.</summary>
    public QNetworkLayout Layout { get; }

    /// <summary>How many standard normal numbers a draw of the weights takes; 0 where no layer is noisy.</summary>
    public int NoiseSize => _head.NoiseEnd;

    /// <summary>The network's outputs.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, inputs]</param>
    /// <param name="noise">[<see cref="NoiseSize"/>] standard normal numbers; null for the mean weights.</param>
    /// <returns>[B, A], or [B, A, K] where K is above 1.</returns>
    public Tensor Outputs(ParameterScope scope, Tensor encoded, Tensor? noise = null) => _head.Apply(scope, _torso?.Apply(scope, encoded) ?? encoded, noise);

    internal static ConvolutionalTorso? Torso(ParameterSet parameters, string name, Space observations, QNetworkLayout layout) =>
        ConvolutionalTorso.Reads(observations) && layout.Convolutions.Count > 0
            ? new ConvolutionalTorso(parameters, $"{name}.torso", (Box)observations, layout.Convolutions) : null;
}
