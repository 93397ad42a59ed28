using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>Dense layers that end in numbers for each action: plain or noisy, one stream or two.</summary>
internal sealed class QHead
{
    private readonly QNetworkLayout _layout;
    private readonly int _actions;
    private readonly DenseStack _values;
    private readonly DenseStack? _states;
    private readonly DenseStack _shared;

    /// <summary>Declares the layers: <c>name.0</c>, <c>name.1</c>, …; with two streams the last hidden layer and the outputs as <c>name.advantage</c> and <c>name.value</c>.</summary>
    public QHead(ParameterSet parameters, string name, int inputs, IReadOnlyList<int> hiddenSizes, int actions, QNetworkLayout layout, int noiseStart = 0)
    {
        (_layout, _actions) = (layout, actions);
        int outputs = actions * layout.Atoms;
        int sharedCount = layout.Dueling && hiddenSizes.Count > 0 ? hiddenSizes.Count - 1 : 0;
        int[] shared = [.. hiddenSizes.Take(sharedCount)], own = [.. hiddenSizes.Skip(sharedCount)];
        _shared = new DenseStack(parameters, name, inputs, shared, layout, noiseStart);
        int width = shared.Length > 0 ? shared[^1] : inputs;
        _values = new DenseStack(parameters, layout.Dueling ? $"{name}.advantage" : name, width, [.. own, outputs], layout, _shared.NoiseEnd);
        if (layout.Dueling) _states = new DenseStack(parameters, $"{name}.value", width, [.. own, layout.Atoms], layout, _values.NoiseEnd);
        NoiseEnd = (_states ?? _values).NoiseEnd;
    }

    /// <summary>Where the noise of the layers ends.</summary>
    public int NoiseEnd { get; }

    /// <summary>[B, inputs] to [B, actions], or [B, actions, atoms] where there are several.</summary>
    public Tensor Apply(ParameterScope scope, Tensor x, Tensor? noise)
    {
        x = _shared.Apply(scope, x, noise, activateLast: true);
        Tensor outputs = _values.Apply(scope, x, noise);
        int atoms = _layout.Atoms;
        if (atoms > 1) outputs = Op.Reshape(outputs, [x.Shape[0], _actions, atoms]);
        if (_states is null) return outputs;
        Tensor states = _states.Apply(scope, x, noise);
        if (atoms > 1) return (outputs - Op.Mean(outputs, [1], keepDimensions: true)) + Op.Reshape(states, [x.Shape[0], 1, atoms]);
        // Subtracting the mean and stretching V are products with constants: two operators, and as many in the gradient.
        float[] centring = [.. Enumerable.Range(0, _actions * _actions).Select(i => (i % (_actions + 1) == 0 ? 1f : 0f) - (1f / _actions))];
        Tensor centred = Op.MatMul(outputs, x.Graph.Constant(centring, [_actions, _actions]));
        return centred + Op.MatMul(states, x.Graph.Constant([.. Enumerable.Repeat(1f, _actions)], [1, _actions]));
    }
}

/// <summary>Dense layers one after the other, plain or noisy, starting as PyTorch's do.</summary>
internal sealed class DenseStack
{
    private readonly List<Linear> _plain = [];
    private readonly List<NoisyLinear> _noisy = [];
    private readonly Activation _activation;

    public DenseStack(ParameterSet parameters, string name, int inputs, IReadOnlyList<int> sizes, QNetworkLayout layout, int noiseStart)
    {
        _activation = layout.Activation;
        NoiseEnd = noiseStart;
        for (int i = 0; i < sizes.Count; i++)
        {
            if (layout.Noisy)
            {
                _noisy.Add(new NoisyLinear(parameters, $"{name}.{i}", inputs, sizes[i], NoiseEnd));
                NoiseEnd += _noisy[^1].NoiseSize;
            }
            else
            {
                _plain.Add(new Linear(parameters, $"{name}.{i}", inputs, sizes[i], Initializers.FanIn(inputs), Initializers.FanIn(inputs)));
            }

            inputs = sizes[i];
        }
    }

    public int NoiseEnd { get; }

    public Tensor Apply(ParameterScope scope, Tensor x, Tensor? noise, bool activateLast = false)
    {
        int count = _plain.Count + _noisy.Count;
        for (int i = 0; i < count; i++)
        {
            x = _noisy.Count > 0 ? _noisy[i].Apply(scope, x, noise) : _plain[i].Apply(scope, x);
            if (i < count - 1 || activateLast) x = Mlp.Activate(x, _activation);
        }

        return x;
    }
}
