namespace Pipeline.Training.Evaluation.Statistics;

/// <summary>A number with its confidence interval.</summary>
/// <param name="Value">The number.</param>
/// <param name="Low">The interval's lower end; null where there is no interval, as for a single run.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Estimate(double Value, double? Low, double? High);
