using System;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// The implicit quantile network (Dabney et al., arXiv:1806.06923, section 3.1 and eq. 4): Z_τ(s, a) = f(ψ(s) ∘ φ(τ))ₐ,
/// φ(τ) = max(Σᵢ cos(πiτ)·wᵢ + b, 0), i from 0 to 63. ψ is the convolutions and all hidden layers but the last, f the last hidden layer and the
/// outputs; without convolutions ψ has at least one hidden layer, so that a single one is ψ's and f is linear.
/// </summary>
public sealed class IqnNetwork
{
    /// <summary>The number of cosines.</summary>
    public const int Cosines = 64;

    private readonly ConvolutionalTorso? _torso;
    private readonly DenseStack _state;
    private readonly Linear _embedding;
    private readonly QHead _head;
    private readonly int _actions;
    private readonly int _size;

    /// <summary>Declares the network's parameters; in a noisy layout all dense layers but the embedding's are noisy.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The network's name.</param>
    /// <param name="observations">What is observed; decides whether there are convolutions.</param>
    /// <param name="inputs">Number of encoded floats.</param>
    /// <param name="actions">A, the number of actions.</param>
    /// <param name="layout">What it is made of; one atom.</param>
    /// <exception cref="ArgumentException">The layout has several atoms, or neither convolutions nor hidden layers.</exception>
    public IqnNetwork(ParameterSet parameters, string name, Space observations, int inputs, int actions, QNetworkLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (layout.Atoms != 1)
            throw new ArgumentException($"An implicit quantile network has one output for each action and fraction, not {layout.Atoms} atoms. Leave Atoms at 1.", nameof(layout));
        _torso = QNetwork.Torso(parameters, name, observations, layout);
        if (_torso is null && layout.HiddenSizes.Count == 0)
            throw new ArgumentException("An implicit quantile network needs a hidden layer or convolutions. Give HiddenSizes at least one width.", nameof(layout));
        int own = _torso is null ? Math.Max(1, layout.HiddenSizes.Count - 1) : Math.Max(0, layout.HiddenSizes.Count - 1);
        int[] state = [.. layout.HiddenSizes.Take(own)];
        int width = _torso?.Size ?? inputs;
        _state = new DenseStack(parameters, $"{name}.state", width, state, layout, 0);
        _size = state.Length > 0 ? state[^1] : width;
        _embedding = new Linear(parameters, $"{name}.embedding", Cosines, _size, Initializers.FanIn(Cosines), Initializers.FanIn(Cosines));
        _head = new QHead(parameters, name, _size, [.. layout.HiddenSizes.Skip(own)], actions, layout, _state.NoiseEnd);
        _actions = actions;
    }

    /// <summary>How many standard normal numbers a draw of the weights takes; 0 where no layer is noisy.</summary>
    public int NoiseSize => _head.NoiseEnd;

    /// <summary>The returns at some fractions.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, inputs]</param>
    /// <param name="fractions">τ, [B, N], or [1, N] where they are the same for every row; N known.</param>
    /// <param name="noise">[<see cref="NoiseSize"/>] standard normal numbers; null for the mean weights.</param>
    /// <returns>[B, N, A]</returns>
    public Tensor Quantiles(ParameterScope scope, Tensor encoded, Tensor fractions, Tensor? noise = null)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(encoded);
        ArgumentNullException.ThrowIfNull(fractions);
        Dimension batch = encoded.Shape[0], rows = fractions.Shape[0];
        long count = fractions.Shape[1].Value;
        Tensor state = _state.Apply(scope, _torso?.Apply(scope, encoded) ?? encoded, noise, activateLast: true);
        Tensor waves = scope.Graph.Constant([.. Enumerable.Range(0, Cosines).Select(i => (float)(Math.PI * i))], [1, Cosines]);
        Tensor cosines = Op.Cos(Op.MatMul(Op.Reshape(fractions, [new Dimension(rows.Factor * count, rows.Symbol), 1]), waves));
        Tensor embedding = Op.Reshape(Op.Relu(_embedding.Apply(scope, cosines)), [rows, count, _size]);
        Tensor joined = Op.Reshape(state, [batch, 1, _size]) * embedding;
        Tensor flat = Op.Reshape(joined, [new Dimension(batch.Factor * count, batch.Symbol), _size]);
        return Op.Reshape(_head.Apply(scope, flat, noise), [batch, count, _actions]);
    }

    /// <summary>The quantiles of the actions that were taken: a product of each row's quantiles with its choice.</summary>
    /// <param name="quantiles">[B, N, A]</param>
    /// <param name="choice">[B, A], 1 for the action taken and 0 for the others.</param>
    /// <returns>[B, N]</returns>
    public static Tensor Chosen(Tensor quantiles, Tensor choice)
    {
        ArgumentNullException.ThrowIfNull(quantiles);
        ArgumentNullException.ThrowIfNull(choice);
        Tensor picked = Op.MatMul(quantiles, Op.Reshape(choice, choice.Shape.Insert(2, 1)));
        return Op.Reshape(picked, quantiles.Shape.Without(2));
    }
}
