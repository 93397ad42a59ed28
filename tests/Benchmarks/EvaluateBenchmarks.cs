using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;

namespace Pipeline.Benchmarks;

/// <summary>How many decisions a second an evaluation makes: the 64×64 policy of models/CartPole-v1-ppo, episodes of 500 steps.</summary>
internal static class EvaluateBenchmarks
{
    private const double Target = 2e6;
    private const int Rounds = 7;
    private const int Episodes = 4096;

    internal static void Run(TextWriter output)
    {
        string model = Path.Combine(Root(), "models", "CartPole-v1-ppo", "policy.onnx");
        IReadOnlyList<EvaluatedPolicy> policies = EvaluatedPolicy.Load([model], new PolicyOptions { Sampling = false });
        var registry = new EnvironmentRegistry();
        output.WriteLine($"| evaluate, CartPole-v1, best of {Rounds} rounds | million decisions/s | target | ratio |");
        output.WriteLine("|---|---|---|---|");
        foreach (int threads in new[] { 1, 2 })
        {
            var request = new BatchRequest { Policies = policies, Environments = ["CartPole-v1"], Episodes = Episodes, Threads = threads };
            double rate = Enumerable.Range(0, Rounds).Max(_ => BatchEvaluator.Run(request, registry.MakeVector).StepsPerSecond);
            string target = threads == 2 ? string.Create(CultureInfo.InvariantCulture, $"{Target / 1e6:F0} | {rate / Target:F1}") : "| ";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {threads} thread{(threads == 1 ? "" : "s")} | {rate / 1e6:F1} | {target} |"));
        }

        foreach (EvaluatedPolicy policy in policies) policy.Dispose();
    }

    /// <summary>The repository's folder.</summary>
    public static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Pipeline.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException("Pipeline.sln is in no folder above the benchmarks.");
        return folder;
    }
}
