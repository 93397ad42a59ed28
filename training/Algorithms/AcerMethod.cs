using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>Sequences as tensors, [B, …], with the networks that learn and the average policy.</summary>
/// <param name="Encoded">s, [B, encoded size]</param>
/// <param name="Mask">What is allowed in s, [B, A]; null for everything</param>
/// <param name="Action">a, [B, A], one-hot or as learned</param>
/// <param name="Behaviour">The statistics of the policy that acted, [B, P]</param>
/// <param name="Noise">What a stochastic dueling network and the bias correction draw actions with, [(n + 1)·B, A], standard normal; null for choices</param>
/// <param name="Sequences">What networks that remember need besides; null for the others</param>
/// <param name="Scope">What learns</param>
/// <param name="Average">The average of what learns</param>
internal sealed record AcerBatch(Tensor Encoded, Tensor? Mask, Tensor Action, Tensor Behaviour, Tensor? Noise, SequenceTensors? Sequences, ParameterScope Scope, ParameterScope Average);

/// <summary>What the networks say of sequences before targets are made: [B, P] and columns.</summary>
/// <param name="Statistics">The policy's statistics.</param>
/// <param name="LogRatio">ln π(a|s) − ln μ(a|s)</param>
/// <param name="ActionValue">Q(s, a)</param>
/// <param name="Value">V(s)</param>
internal sealed record AcerEvaluation(Tensor Statistics, Tensor LogRatio, Tensor ActionValue, Tensor Value);

/// <summary>The loss and its parts, scalars.</summary>
/// <param name="Total">What is descended.</param>
/// <param name="Figures">Scalars to be reported, under the keys of their metrics.</param>
internal sealed record AcerLoss(Tensor Total, params (string Key, Tensor Value)[] Figures);

/// <summary>What the two kinds of actions do not share: networks, statistics of the policy and losses.</summary>
internal interface IAcerMethod
{
    /// <summary>The policy and the networks of values.</summary>
    ActorCritic Model { get; }

    /// <summary>P, numbers that say how the policy acts in a state.</summary>
    int StatisticsSize { get; }

    /// <summary>d, whose root is taken of the ratios in Retrace's traces.</summary>
    int TraceDimension { get; }

    /// <summary>Actions drawn for each step of a sequence.</summary>
    int DrawnActions { get; }

    /// <summary>V(s), [B, 1].</summary>
    Tensor Value(ParameterScope scope, Tensor actor, Tensor critic);

    /// <summary>What targets are made from.</summary>
    AcerEvaluation Evaluate(AcerBatch batch);

    /// <summary>The loss.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="target">Q^ret, [B, 1]</param>
    /// <param name="uncorrected">Q^opc, [B, 1]</param>
    AcerLoss Loss(AcerBatch batch, Tensor target, Tensor uncorrected);
}
