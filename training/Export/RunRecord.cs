namespace Pipeline.Training.Export;

/// <summary>What the manifest of an exported policy says about the run it came from.</summary>
/// <param name="Algorithm">The algorithm's name on the command line.</param>
/// <param name="Environment">The environment's registered name.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Steps">Environment steps taken.</param>
/// <param name="Score">Mean return over the latest training episodes; null where none has ended.</param>
public sealed record RunRecord(string Algorithm, string Environment, ulong Seed, long Steps, double? Score);
