namespace Pipeline.Training.Environments.ToyText;

/// <summary>One outcome of an action in a state of a tabular environment.</summary>
/// <param name="Probability">How likely it is; the outcomes of an action sum to 1. One state may stand in several outcomes.</param>
/// <param name="NextState">The state it leads to.</param>
/// <param name="Reward">The reward it gives.</param>
/// <param name="Terminated">Whether it ends the episode.</param>
public readonly record struct Transition(double Probability, int NextState, double Reward, bool Terminated);
