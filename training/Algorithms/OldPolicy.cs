using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>The policy as it was when its outputs were kept.</summary>
internal static class OldPolicy
{
    /// <summary>Declares its distributions, with the inputs that they are made from.</summary>
    /// <param name="build">Inputs of the function.</param>
    /// <param name="head">What makes distributions of outputs.</param>
    /// <param name="outputs">The policy network's outputs, [rows, numbers].</param>
    /// <param name="logDeviation">ln σ then, or null.</param>
    /// <param name="mask">What is allowed, or null.</param>
    /// <param name="prefix">What the inputs' names begin with.</param>
    public static IDistribution AddOldPolicy(this FunctionBuilder build, ActionHead head, TensorBuffer outputs, TensorBuffer? logDeviation, Tensor? mask, string prefix = "") =>
        head.Distribution(build.Add(prefix + "old_outputs", outputs), logDeviation is null ? null : build.Add(prefix + "old_log_std", logDeviation), mask);
}
