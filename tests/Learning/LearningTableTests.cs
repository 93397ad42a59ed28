using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Learning;

/// <summary>
/// The whole catalogue over seeds 0 to 4, as a Markdown table. Takes many minutes, so it runs only when asked for:
/// <code>dotnet test -c Release tests --filter TestCategory=LearningFull --logger "console;verbosity=detailed"</code>
/// One environment: <c>--filter "TestCategory=LearningFull&amp;Name~CartPole"</c>. Parameters, after <c>--</c>:
/// <c>TestRunParameters.Parameter(name=\"seeds\", value=\"1\")</c> for fewer seeds; likewise <c>steps</c> for a shorter training,
/// which reports and asserts nothing about the level, and <c>parallel</c> for the number of runs at a time (1 where nothing is said).
/// </summary>
[Explicit("takes many minutes")]
[Category("LearningFull")]
public sealed class LearningTableTests
{
    private static readonly ConcurrentDictionary<LearningGoal, string> Lines = [];

    private static IEnumerable<TestCaseData> Goals() =>
        LearningCatalogue.Goals.Select(g => new TestCaseData(g).SetArgDisplayNames([g.Algorithm, g.Environment, .. g.Settings]));

    [TestCaseSource(nameof(Goals))]
    public void A_goal_is_reached_by_the_mean_over_seeds(LearningGoal goal)
    {
        ArgumentNullException.ThrowIfNull(goal);
        int seeds = Number("seeds", 5);
        long steps = Number("steps", (int)goal.Steps);
        var scores = new Scores[seeds];
        long started = Stopwatch.GetTimestamp();
        using var folder = new TemporaryFolder();
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Number("parallel", 1) }, seed =>
            scores[seed] = CommandRun.Score(goal with { Steps = steps }, seed, folder[$"seed-{seed}"]));
        double[] counted = [.. scores.Select(s => s.Best ?? s.Last)];
        string line = $"| {string.Join(' ', goal.Settings.Prepend(goal.Algorithm))} | {goal.Environment} | {steps:N0} | {Spread(scores.Select(s => s.Last))} | " +
            $"{(goal.Best ? Spread(scores.Select(s => s.Best!.Value)) : "")} | {Level(goal)} |";
        Lines[goal] = line;
        TestContext.Progress.WriteLine($"{line} {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
        if (steps < goal.Steps) return;
        Assert.Multiple(() =>
        {
            Assert.That(counted.Average(), goal.AtMost ? Is.LessThanOrEqualTo(goal.Level) : Is.GreaterThanOrEqualTo(goal.Level), "mean over seeds");
            if (goal.SeedLevel is double level) Assert.That(counted, Is.All.GreaterThanOrEqualTo(level), "each seed");
        });
    }

    private static string Spread(IEnumerable<double> scores) => $"{F(scores.Average())} ({F(scores.Min())} to {F(scores.Max())})";

    private static string Level(LearningGoal goal) =>
        $"{(goal.Success ? "success " : "")}{(goal.AtMost ? "≤" : "≥")} {F(goal.Level)}{(goal.SeedLevel is double least ? $", each ≥ {F(least)}" : "")}";

    private static string F(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    [OneTimeTearDown]
    public void Print()
    {
        TestContext.Progress.WriteLine("\n| algorithm | environment | steps | policy.onnx, mean (min to max) | best.onnx | goal |\n|---|---|---|---|---|---|");
        foreach (LearningGoal goal in LearningCatalogue.Goals.Where(Lines.ContainsKey)) TestContext.Progress.WriteLine(Lines[goal]);
    }

    private static int Number(string name, int otherwise) => TestContext.Parameters.Get(name, otherwise);
}
