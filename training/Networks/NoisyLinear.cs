using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// A dense layer whose weights are drawn anew for exploration (Fortunato et al., arXiv:1706.10295, with factorised Gaussian noise, eq. 10 and 11):
/// y = x·(μ + σ∘(p qᵀ)) + (μ_b + σ_b∘q), p = f(ε of the inputs), q = f(ε of the outputs), f(x) = sgn(x)·√|x|. Means start uniform in ±1/√inputs,
/// deviations at σ₀/√inputs. All rows of a batch share the noise.
/// </summary>
public sealed class NoisyLinear
{
    /// <summary>σ₀ of the paper.</summary>
    public const double InitialDeviation = 0.5;

    // For so few rows, as when acting, a second product costs less than weights made anew.
    private const int FewRows = 16;

    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly Parameter _weightDeviation;
    private readonly Parameter _biasDeviation;
    private readonly int _noiseStart;

    /// <summary>Declares the layer's parameters: <c>name.weight</c>, <c>name.bias</c>, <c>name.weight_deviation</c>, <c>name.bias_deviation</c>.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The layer's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="noiseStart">Where the layer's numbers begin in its network's noise.</param>
    public NoisyLinear(ParameterSet parameters, string name, int inputs, int outputs, int noiseStart)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (Inputs, Outputs, _noiseStart) = (inputs, outputs, noiseStart);
        Initializer deviation = Initializers.Constant(InitialDeviation / Math.Sqrt(inputs));
        _weight = parameters.Add($"{name}.weight", [inputs, outputs], Initializers.FanIn(inputs));
        _bias = parameters.Add($"{name}.bias", [1, outputs], Initializers.FanIn(inputs));
        _weightDeviation = parameters.Add($"{name}.weight_deviation", [inputs, outputs], deviation);
        _biasDeviation = parameters.Add($"{name}.bias_deviation", [1, outputs], deviation);
    }

    /// <summary>Number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>Number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>How many numbers of the noise are the layer's.</summary>
    public int NoiseSize => Inputs + Outputs;

    /// <summary>Applies the layer.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[.., inputs]</param>
    /// <param name="noise">Standard normal numbers for the whole network, a vector; null for the means alone.</param>
    /// <returns>[.., outputs]</returns>
    public Tensor Apply(ParameterScope scope, Tensor x, Tensor? noise)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (noise is null) return Op.MatMul(x, scope[_weight]) + scope[_bias];
        // The same for every layer of the network, so computed once.
        Tensor shaped = Op.Sign(noise) * Op.Sqrt(Op.Abs(noise));
        Tensor column = Op.Reshape(shaped, noise.Shape.Insert(1, 1)), row = Op.Reshape(shaped, noise.Shape.Insert(0, 1));
        int middle = _noiseStart + Inputs;
        Tensor q = Op.Slice(row, 1, middle, middle + Outputs);
        if (x.Shape[0] is { IsKnown: true, Value: <= FewRows })
        {
            Tensor spread = Op.MatMul(x * Op.Slice(row, 1, _noiseStart, middle), scope[_weightDeviation]) + scope[_biasDeviation];
            return Op.MatMul(x, scope[_weight]) + scope[_bias] + (spread * q);
        }

        Tensor p = Op.Slice(column, 0, _noiseStart, middle);
        Tensor weight = scope[_weight] + (scope[_weightDeviation] * (p * q));
        Tensor bias = scope[_bias] + (scope[_biasDeviation] * q);
        return Op.MatMul(x, weight) + bias;
    }
}
