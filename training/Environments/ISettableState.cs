namespace Pipeline.Training.Environments;

/// <summary>An environment whose internal state can be read and set, so that a recorded episode can be replayed from where it began.</summary>
public interface ISettableState
{
    /// <summary>
    /// The internal state, in the order that the environment's page gives. Reading makes a copy. Setting it starts an episode there: what else
    /// the environment remembers of the episode before is forgotten.
    /// </summary>
    /// <exception cref="System.ArgumentException">The array set has not the right length, or an entry is not a state of this environment.</exception>
    double[] State { get; set; }
}
