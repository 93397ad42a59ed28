using System.Globalization;
using System.IO;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Learning;

/// <summary>Training and scoring through the command line, as a person does it.</summary>
internal static class CommandRun
{
    /// <summary>Trains with the shipped settings and scores the exported file by deterministic actions.</summary>
    /// <param name="goal">What is trained, for how long, and how it is scored.</param>
    /// <param name="seed">The run's seed; the evaluation's is another one.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="more">Further arguments of the training.</param>
    /// <returns>The mean return.</returns>
    public static double Score(LearningGoal goal, int seed, string folder, params string[] more)
    {
        string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
        Succeed(["train", goal.Algorithm, "--env", goal.Environment, "--steps", Text(goal.Steps), "--seed", Text(seed), "--out", folder, .. more]);
        string json = Succeed("evaluate", Path.Combine(folder, "policy.onnx"), "--env", goal.Environment, "--episodes", Text(goal.Episodes), "--seed", Text(1000 + seed), "--json");
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("mean_return").GetDouble();
    }

    private static string Succeed(params string[] args)
    {
        PipelineCommand run = PipelineCommand.Run(args);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")), string.Join(' ', args));
        return run.Out;
    }
}
