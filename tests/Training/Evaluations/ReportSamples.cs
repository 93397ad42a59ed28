using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Tests.Runtime;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Evaluation.Reports;

namespace Pipeline.Tests.Training.Evaluations;

/// <summary>Batches made up of given returns, for what is computed and shown of them.</summary>
internal static class ReportSamples
{
    public static ReportFacts Facts { get; } = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero), "pipeline evaluate 'a & b.onnx' <c>");

    /// <summary>A policy that is only ever named.</summary>
    public static EvaluatedPolicy Policy(string label, string algorithm = "sketch")
    {
        (OnnxSketch model, PolicyManifest manifest) = SketchedPolicies.Reminded();
        byte[] file = SketchedPolicies.File((model, manifest with { Algorithm = algorithm }));
        return new EvaluatedPolicy(label, $"runs/{label}/policy.onnx", new string('a', 64), Pipeline.Runtime.Policy.Load(file, label));
    }

    /// <summary>A batch: for each cell a policy, an environment, a seed and the returns of its episodes, as long as they are large.</summary>
    public static BatchResult Batch(params (EvaluatedPolicy Policy, string Environment, ulong Seed, double[] Returns)[] cells) => new(
        new BatchRequest { Policies = [.. cells.Select(c => c.Policy).Distinct()], Seeds = [.. cells.Select(c => c.Seed).Distinct()], Episodes = cells[0].Returns.Length },
        [.. cells.Select(c => new EvaluatedCell(c.Policy, c.Environment, c.Seed, new EvaluationResult([.. c.Returns.Select(r => new Episode(r, 1 + (int)Math.Abs(r), true, false))], 1, 100)))],
        [],
        2);

    /// <summary>Policies of normal returns around 10, 20 … in some environments with some seeds.</summary>
    public static BatchResult Large(IReadOnlyList<EvaluatedPolicy> policies, int environments, int seeds, int episodes)
    {
        var random = new RandomGenerator(1);
        return Batch([.. policies.SelectMany((p, i) => Enumerable.Range(0, environments).SelectMany(e => Enumerable.Range(0, seeds).Select(s =>
            (p, $"Environment<{e}>", (ulong)s, Enumerable.Range(0, episodes).Select(_ => (10 * (i + 1)) + (3 * random.NextGaussian())).ToArray()))))]);
    }
}
