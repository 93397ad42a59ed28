using System;
using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;

namespace Pipeline.Training.Algorithms;

/// <summary>Which action of the next state a target is made with.</summary>
public enum QTarget
{
    /// <summary>The one that the target network finds best (Mnih et al., 2015).</summary>
    Max,

    /// <summary>The one that the learning network finds best, valued by the target network (van Hasselt et al., arXiv:1509.06461).</summary>
    Double,
}

/// <summary>How action values come out of the last hidden layer.</summary>
public enum QStreams
{
    /// <summary>One output for each.</summary>
    Single,

    /// <summary>A value of the state plus an advantage of each action, whose mean is 0 (Wang et al., arXiv:1511.06581).</summary>
    Dueling,
}

/// <summary>What the dense layers are.</summary>
public enum QLayers
{
    /// <summary>Linear.</summary>
    Plain,

    /// <summary>With factorised Gaussian noise that is learned (Fortunato et al., arXiv:1706.10295): they explore by themselves.</summary>
    Noisy,
}

/// <summary>How actions are tried out.</summary>
public enum QExploration
{
    /// <summary>A random action with probability ε, else the best.</summary>
    EpsilonGreedy,

    /// <summary>An action with probability ∝ exp(Q/T).</summary>
    Boltzmann,
}

/// <summary>Which transitions are replayed.</summary>
public enum ReplayChoice
{
    /// <summary>Each as often as any other.</summary>
    Uniform,

    /// <summary>Those with large errors more often (Schaul et al., arXiv:1511.05952).</summary>
    Prioritized,
}

/// <summary>How the target network follows the learning one.</summary>
public enum TargetUpdate
{
    /// <summary>It becomes equal to it every so often.</summary>
    Hard,

    /// <summary>It moves towards it a little after every update.</summary>
    Averaged,
}

/// <summary>Options of every algorithm that learns the values of discrete actions. Its parts are combined freely.</summary>
public abstract record QLearningOptions : OffPolicyOptions
{
    /// <summary>Which action of the next state a target is made with.</summary>
    [Description("Action of the next state that a target is made with: max or double (double Q-learning).")]
    public QTarget Target { get; init; } = QTarget.Max;

    /// <summary>How action values come out of the last hidden layer.</summary>
    [Description("Streams of the network: single or dueling.")]
    public QStreams Streams { get; init; } = QStreams.Single;

    /// <summary>What the dense layers are.</summary>
    [Description("Dense layers: plain or noisy (they explore by themselves; then set exploration_initial=0 and exploration_final=0).")]
    public QLayers Layers { get; init; } = QLayers.Plain;

    /// <summary>Which transitions are replayed.</summary>
    [Description("Replay: uniform or prioritized.")]
    public ReplayChoice Replayed { get; init; } = ReplayChoice.Uniform;

    /// <summary>α of prioritized replay.</summary>
    [Description("How much priorities count (α of prioritized replay): 0 not at all, 1 fully.")]
    public double PriorityExponent { get; init; } = 0.6;

    /// <summary>β of prioritized replay at the start.</summary>
    [Description("How much of the bias of prioritized replay is corrected at the start (β); rises linearly to 1.")]
    public double PriorityCorrection { get; init; } = 0.4;

    /// <summary>How actions are tried out.</summary>
    [Description("Exploration: epsilon_greedy or boltzmann.")]
    public QExploration Exploration { get; init; } = QExploration.EpsilonGreedy;

    /// <summary>ε or T at the start.</summary>
    [Description("Share of random actions (ε), or temperature for exploration=boltzmann, at the start.")]
    public double ExplorationInitial { get; init; } = 1;

    /// <summary>ε or T in the end.</summary>
    [Description("The same in the end; the exported policy's sampled action explores so much.")]
    public double ExplorationFinal { get; init; } = 0.05;

    /// <summary>Share of the run over which it falls.</summary>
    [Description("Share of the run over which exploration falls from the one to the other.")]
    public double ExplorationFraction { get; init; } = 0.1;

    /// <summary>How the target network follows.</summary>
    [Description("Target network: hard (copied every target_update_every steps) or averaged (moved by tau after each update).")]
    public TargetUpdate TargetUpdate { get; init; } = TargetUpdate.Hard;

    /// <summary>Environment steps between two copies.</summary>
    [Description("Environment steps between two copies to the target network, for target_update=hard.")]
    public long TargetUpdateEvery { get; init; } = 1000;

    /// <summary>τ</summary>
    [Description("Weight of the learning network in the target network's average (τ), for target_update=averaged.")]
    public double Tau { get; init; } = 0.005;

    /// <summary>Convolutional layers.</summary>
    [Description("Channels of the 3×3 convolutions in front, where observations are images, such as 16 or 16,32.")]
    public int[] Channels { get; init; } = [16];

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.ZeroToOne(("priority_exponent", PriorityExponent), ("priority_correction", PriorityCorrection), ("exploration_fraction", ExplorationFraction), ("tau", Tau)),
            .. OptionChecks.AtLeastOne(("target_update_every", TargetUpdateEvery)),
            .. OptionChecks.Channels(Channels),
        ];
        foreach (string problem in others) yield return problem;
        if (actionSpace is not Discrete) yield return $"The action space {actionSpace} has no value for each action. The dqn family learns Discrete actions; for Box use sac, td3 or ppo, for others ppo.";
        double most = Exploration == QExploration.EpsilonGreedy ? 1 : double.MaxValue;
        foreach ((string name, double value) in new[] { ("exploration_initial", ExplorationInitial), ("exploration_final", ExplorationFinal) })
        {
            if (!(value >= 0 && value <= most)) yield return $"{name} is {value}. It is {(most == 1 ? "0 to 1" : "a finite number of at least 0")}.";
        }
    }

    /// <summary>What the network is made of, with a number of outputs for each action.</summary>
    internal QNetworkLayout Layout(int atoms) => new()
    {
        HiddenSizes = HiddenSizes,
        Activation = Activation,
        Convolutions = ConvolutionalTorso.OfChannels(Channels),
        Atoms = atoms,
        Dueling = Streams == QStreams.Dueling,
        Noisy = Layers == QLayers.Noisy,
    };

    internal double ExplorationAt(double progress) =>
        ExplorationInitial + ((ExplorationFinal - ExplorationInitial) * (ExplorationFraction > 0 ? Math.Min(1, progress / ExplorationFraction) : 1));

    /// <inheritdoc/>
    internal override PrioritySettings? Priority => Replayed == ReplayChoice.Prioritized ? new PrioritySettings(PriorityExponent, PriorityCorrection) : null;
}
