using System;
using Pipeline.Training.Algorithms;

namespace Pipeline.Training.Loop;

/// <summary>One algorithm as the command line and the loop see it.</summary>
/// <param name="Name">Its name on the command line, such as <c>ppo</c>.</param>
/// <param name="Summary">One line: what it is and where it was published.</param>
/// <param name="OptionsType">The record type of its options.</param>
/// <param name="DefaultOptions">The shipped options for an environment's name (tuned where that environment is known).</param>
/// <param name="Create">Makes a trainer.</param>
public sealed record AlgorithmDescriptor(
    string Name,
    string Summary,
    Type OptionsType,
    Func<string, IAlgorithmOptions> DefaultOptions,
    Func<TrainerContext, ITrainer> Create);
