using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Learning;

/// <summary>What came out of a run: the mean return or the share of successes of the last policy, and of the best one that was scored on the way.</summary>
internal sealed record Scores(double Last, double? Best);

/// <summary>Training and scoring through the command line, as a person does it.</summary>
internal static class CommandRun
{
    /// <summary>Trains with the shipped settings and scores the exported files by deterministic actions.</summary>
    /// <param name="goal">What is trained, for how long, and how it is scored.</param>
    /// <param name="seed">The run's seed; the evaluation's is another one.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="more">Further arguments of the training.</param>
    public static Scores Score(LearningGoal goal, int seed, string folder, params string[] more)
    {
        string[] scoring = goal.Best ? ["--evaluate-every", Text(goal.EvaluateEvery)] : [];
        string[] settings = [.. goal.Settings.SelectMany(s => new[] { "--set", s })];
        Succeed(["train", goal.Algorithm, "--env", goal.Environment, "--steps", Text(goal.Steps), "--seed", Text(seed), "--out", folder, .. scoring, .. settings, .. more]);
        return new Scores(Evaluate(goal, seed, Path.Combine(folder, "policy.onnx")), goal.Best ? Evaluate(goal, seed, Path.Combine(folder, "best.onnx")) : null);
    }

    /// <summary>Trains and gives the score that the goal is about.</summary>
    public static double Reached(LearningGoal goal, int seed, string folder, params string[] more)
    {
        Scores scores = Score(goal, seed, folder, more);
        return scores.Best ?? scores.Last;
    }

    private static double Evaluate(LearningGoal goal, int seed, string model)
    {
        string json = Succeed("evaluate", model, "--env", goal.Environment, "--episodes", Text(goal.Episodes), "--seed", Text(1000 + seed), "--json");
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty(goal.Success ? "success_rate" : "mean_return").GetDouble();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Succeed(params string[] args)
    {
        PipelineCommand run = PipelineCommand.Run(args);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")), string.Join(' ', args));
        return run.Out;
    }
}
