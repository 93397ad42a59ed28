using System.Collections.Generic;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Options that every algorithm has. An implementation is an immutable record whose public init properties are the options:
/// numbers, booleans, text, enums, int arrays and <see cref="Optimizers.Schedule"/>, each with a
/// <see cref="System.ComponentModel.DescriptionAttribute"/>. On the command line a property FooBar is written foo_bar.
/// </summary>
public interface IAlgorithmOptions
{
    /// <summary>Environment steps to train for, summed over all environments.</summary>
    long TotalSteps { get; init; }

    /// <summary>N, the number of environments stepped together.</summary>
    int EnvironmentCount { get; init; }

    /// <summary>Whether states of the environment are gone back to, so that it has to be one that can be saved.</summary>
    bool ReturnsToStates => false;

    /// <summary>All that is wrong with these options for an environment; empty when nothing is.</summary>
    /// <param name="observationSpace">The environment's observation space.</param>
    /// <param name="actionSpace">The environment's action space.</param>
    IEnumerable<string> Validate(Space observationSpace, Space actionSpace);
}
