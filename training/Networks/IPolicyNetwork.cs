using System.Collections.Generic;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Networks;

/// <summary>What a policy acts on, in a graph. B is the batch.</summary>
/// <param name="Encoded">[B, encoded size], from the policy's encoder.</param>
/// <param name="Mask">[B, mask size], 1 allowed and 0 not; null where all is allowed.</param>
/// <param name="Noise">[B, K]: random numbers for the sampled action, those that <see cref="NativeProfile.Noises"/> lists, one after the other.</param>
/// <param name="Exploration">How much is explored, a scalar: a share of random actions or a temperature; null for as much as the policy ends with.</param>
/// <param name="NetworkNoise">[<see cref="IPolicyNetwork.NetworkNoiseSize"/>], standard normal: noise of noisy layers; null for their mean weights.</param>
/// <param name="Memory">What a policy that remembers acts on besides; null for the others.</param>
public sealed record PolicyInputs(Tensor Encoded, Tensor? Mask, Tensor Noise, Tensor? Exploration = null, Tensor? NetworkNoise = null, MemoryInputs? Memory = null);

/// <summary>Something that a policy says besides its actions, in a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it is.</param>
/// <param name="Tensor">[B, any size]</param>
public sealed record PolicyOutput(string Name, TensorRole Role, Tensor Tensor);

/// <summary>What a policy says, in a graph.</summary>
/// <param name="Mode">The deterministic action as it is learned, [B, A].</param>
/// <param name="Sample">The action drawn with the noise, [B, A].</param>
/// <param name="Outputs">What the actions are made from; of a dictionary's, for each entry by itself.</param>
/// <param name="ModeScores">For choices, [B, Σ branch sizes]: the deterministic choice of a branch is the largest of its scores. A yes-or-no choice has two scores. Null for real-valued actions, save where the deterministic one is the best of K candidates: then [B, K].</param>
/// <param name="SampleScores">The same for the drawn choice.</param>
public sealed record PolicyTensors(
    Tensor Mode, Tensor Sample, IReadOnlyList<PolicyOutput> Outputs, Tensor? ModeScores = null, Tensor? SampleScores = null)
{
    /// <summary>What a policy that remembers says besides; null for the others.</summary>
    public MemoryTensors? Memory { get; init; }

    /// <summary>The name of an output that holds the candidates of real-valued actions, [B, K·A], as the environment takes them.</summary>
    public const string Candidates = "candidates";
}

/// <summary>A policy as graphs see it: what collects experience and what is exported.</summary>
public interface IPolicyNetwork
{
    /// <summary>What is observed.</summary>
    Space ObservationSpace { get; }

    /// <summary>What is chosen.</summary>
    Space ActionSpace { get; }

    /// <summary>Whether an action mask is an input.</summary>
    bool Masked { get; }

    /// <summary>Turns observations into what the networks read.</summary>
    ObservationEncoder Encoder { get; }

    /// <summary>Turns actions as they are learned into what the environment takes.</summary>
    ActionScaling Scaling { get; }

    /// <summary>Whether <see cref="PolicyInputs.Exploration"/> is read.</summary>
    bool UsesExploration => false;

    /// <summary>Number of random numbers that noisy layers take; 0 where there are none.</summary>
    int NetworkNoiseSize => 0;

    /// <summary>The recurrent layers; null where the policy does not remember.</summary>
    PolicyMemory? Memory => null;

    /// <summary>What the policy does.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="inputs">What it acts on.</param>
    PolicyTensors Act(ParameterScope scope, PolicyInputs inputs);
}
