using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>Which rule moves policy and value function along their common gradient.</summary>
public enum ActorCriticOptimizer
{
    /// <summary>RMSProp as PyTorch has it: g/(√v + ε).</summary>
    RmsProp,

    /// <summary>RMSProp as TensorFlow 1 has it: g/√(v + ε).</summary>
    RmsPropTf,

    /// <summary>Adam.</summary>
    Adam,
}

/// <summary>Options of the advantage actor-critics: one gradient step on the sum of the losses of policy and value function for each rollout.</summary>
public abstract record ActorCriticOptions : RecurrentOptions
{
    /// <summary>Sets what suits short rollouts, each one sequence for a memory.</summary>
    protected ActorCriticOptions() => (RolloutLength, SequenceLength, GaeLambda) = (5, 5, 1);

    /// <summary>α</summary>
    [ListedAfter(nameof(RolloutLength))]
    [Description("Learning rate; lin_0.001 falls linearly to 0.")]
    public Schedule LearningRate { get; init; } = 7e-4;

    /// <summary>The rule.</summary>
    [Description("Optimizer: rms_prop, rms_prop_tf (epsilon under the root, as in TensorFlow 1) or adam.")]
    public ActorCriticOptimizer Optimizer { get; init; } = ActorCriticOptimizer.RmsProp;

    /// <summary>ρ</summary>
    [Description("Share of the old mean square that RMSProp keeps at a step (ρ).")]
    public double RmsPropDecay { get; init; } = 0.99;

    /// <summary>ε</summary>
    [Description("Epsilon of the optimizer.")]
    public double OptimizerEpsilon { get; init; } = 1e-5;

    /// <summary>Weight of the entropy.</summary>
    [ListedAfter(nameof(GaeLambda))]
    [Description("Weight of the entropy bonus.")]
    public double EntropyCoefficient { get; init; }

    /// <summary>Weight of the value loss.</summary>
    [Description("Weight of the value loss.")]
    public double ValueCoefficient { get; init; } = 0.5;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        string[] problems =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.ZeroToOne(("rms_prop_decay", RmsPropDecay)),
            .. OptionChecks.AboveZero(("learning_rate", LearningRate.Initial), ("optimizer_epsilon", OptimizerEpsilon)),
            .. OptionChecks.AtLeastZero(
                ("learning_rate's end", LearningRate.Final), ("entropy_coefficient", EntropyCoefficient), ("value_coefficient", ValueCoefficient)),
        ];
        return problems;
    }

    /// <summary>The rule with its constants.</summary>
    internal IOptimizer Rule => Optimizer.Rule(RmsPropDecay, OptimizerEpsilon);
}

/// <summary>What the choices of an optimizer stand for.</summary>
internal static class ActorCriticOptimizers
{
    /// <summary>A rule with its constants.</summary>
    /// <param name="optimizer">Which.</param>
    /// <param name="decay">ρ of RMSProp</param>
    /// <param name="epsilon">ε</param>
    public static IOptimizer Rule(this ActorCriticOptimizer optimizer, double decay, double epsilon) => optimizer switch
    {
        ActorCriticOptimizer.Adam => new Adam(Epsilon: epsilon),
        ActorCriticOptimizer.RmsPropTf => new RmsProp(decay, epsilon, EpsilonInsideRoot: true),
        _ => new RmsProp(decay, epsilon),
    };
}
