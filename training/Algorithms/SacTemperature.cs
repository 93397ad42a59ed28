using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Algorithms;

/// <summary>The temperature α of sac: the exponential of a parameter where it is learned, a constant where it is fixed.</summary>
internal sealed class SacTemperature
{
    private readonly SacOptions _options;
    private readonly double _targetEntropy;
    private readonly Parameter? _logarithm;

    public SacTemperature(ParameterSet parameters, SacOptions options, double targetEntropy)
    {
        (_options, _targetEntropy) = (options, targetEntropy);
        if (options.TemperatureRule == TemperatureRule.Learned)
            _logarithm = parameters.Add("log_temperature", Shape.Scalar, Initializers.Constant(Math.Log(options.Temperature)));
    }

    /// <summary>α, a scalar that passes no gradient.</summary>
    public Tensor Value(ParameterScope scope) =>
        _logarithm is null ? scope.Graph.Constant((float)_options.Temperature) : Op.StopGradient(Op.Exp(scope[_logarithm]));

    /// <summary>The policy's loss with that of the temperature, where it is learned.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="policyLoss">A scalar.</param>
    /// <param name="logProbability">ln π(a|s), or its expectation, [B, 1].</param>
    public SoftLoss Complete(ParameterScope scope, Tensor policyLoss, Tensor logProbability)
    {
        (string, Tensor)[] figures = [("policy_loss", policyLoss), ("entropy", -Op.Mean(logProbability)), ("temperature", Value(scope))];
        if (_logarithm is null) return new SoftLoss(policyLoss, figures);
        Tensor loss = PolicyLosses.Temperature(scope[_logarithm], logProbability, _targetEntropy);
        return new SoftLoss(policyLoss + loss, [.. figures, ("temperature_loss", loss)]);
    }
}
