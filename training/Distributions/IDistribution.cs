using System;
using System.Collections.Generic;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Distributions;

/// <summary>
/// A distribution over actions for each row of a batch, as tensors of a graph. B is the batch, A the action's size, E the size of an
/// encoded action, K the number of random numbers a sample takes.
/// </summary>
public interface IDistribution
{
    /// <summary>The most likely action, [B, A] floats.</summary>
    Tensor Mode { get; }

    /// <summary>An action made from random numbers; its distribution is this one.</summary>
    /// <param name="noise">[B, K], of the kinds the <see cref="ActionHead"/> says.</param>
    /// <returns>[B, A] floats</returns>
    Tensor Sample(Tensor noise);

    /// <summary>
    /// What <see cref="Mode"/> is chosen by, [B, Σ branch sizes]: of each branch the largest score; a yes-or-no choice has two scores. Null for real-valued actions.
    /// </summary>
    Tensor? ModeScores => null;

    /// <summary>What <see cref="Sample"/> chooses by, likewise.</summary>
    /// <param name="noise">[B, K]</param>
    Tensor? SampleScores(Tensor noise) => null;

    /// <summary>The logarithm of the probability (density) of an action.</summary>
    /// <param name="encoded">[B, E]</param>
    /// <returns>[B, 1]</returns>
    Tensor LogProbability(Tensor encoded);

    /// <summary>The entropy, [B, 1], or [1, 1] where it is the same for every row; in nats.</summary>
    Tensor Entropy { get; }

    /// <summary>What the distribution is made from: all that it depends on.</summary>
    IReadOnlyList<Tensor> Parts { get; }

    /// <summary>A distribution of the same kind.</summary>
    /// <param name="parts">What it is made from, in place of <see cref="Parts"/>.</param>
    IDistribution With(IReadOnlyList<Tensor> parts);

    /// <summary>KL(other ‖ this), [B, 1], in nats.</summary>
    /// <param name="other">A distribution of the same kind.</param>
    Tensor DivergenceFrom(IDistribution other);
}

/// <summary>
/// How a network's outputs become a distribution over an action space, and how actions are written for training.
/// </summary>
public abstract class ActionHead
{
    private protected ActionHead(int parameterSize, int encodedSize, int noiseSize, int realSize)
    {
        ParameterSize = parameterSize;
        EncodedSize = encodedSize;
        NoiseSize = noiseSize;
        RealSize = realSize;
    }

    /// <summary>P, the number of network outputs a distribution is made from.</summary>
    public int ParameterSize { get; }

    /// <summary>E, the number of floats of an encoded action: one-hot for choices, as they are for real numbers and bits.</summary>
    public int EncodedSize { get; }

    /// <summary>K, the number of random numbers a sample takes.</summary>
    public int NoiseSize { get; }

    /// <summary>
    /// R, the number of real numbers in an action. Each has a parameter ln σ. Of the K random numbers the first R are standard normal, the others uniform in (0, 1).
    /// </summary>
    public int RealSize { get; }

    /// <summary>Whether the distribution is over whole-number choices alone.</summary>
    public bool IsDiscrete => RealSize == 0;

    /// <summary>The head for an action space.</summary>
    /// <param name="space">Discrete, MultiDiscrete, MultiBinary, Box, or a Dict of them.</param>
    public static ActionHead For(Space space) => space switch
    {
        Discrete discrete => new CategoricalHead([discrete.N]),
        MultiDiscrete multi => new CategoricalHead([.. multi.Branches]),
        MultiBinary binary => new BernoulliHead(binary.N),
        Dict dict => new ProductHead(dict),
        Box box => new GaussianHead(box.Size),
        _ => throw new ArgumentNullException(nameof(space)),
    };

    /// <summary>Makes the distribution.</summary>
    /// <param name="outputs">[B, P], from the network.</param>
    /// <param name="logStandardDeviation">[R]; null where no number is real.</param>
    /// <param name="mask">[B, mask size], 1 allowed and 0 not; null where all is allowed.</param>
    public abstract IDistribution Distribution(Tensor outputs, Tensor? logStandardDeviation, Tensor? mask);

    /// <summary>Writes an action as training reads it.</summary>
    /// <param name="action">A floats.</param>
    /// <param name="encoded">Receives E floats.</param>
    public abstract void Encode(ReadOnlySpan<float> action, Span<float> encoded);

    /// <summary>The same in a graph.</summary>
    /// <param name="action">[B, A]</param>
    /// <returns>[B, E]</returns>
    public virtual Tensor Encode(Tensor action) => action;

    /// <summary>Reads back what <see cref="Encode(ReadOnlySpan{float}, Span{float})"/> wrote.</summary>
    /// <param name="encoded">E floats.</param>
    /// <param name="action">Receives A floats.</param>
    public virtual void Decode(ReadOnlySpan<float> encoded, Span<float> action) => encoded.CopyTo(action);
}
