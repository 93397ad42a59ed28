using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Cli;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Learning;

/// <summary>The command line, called as a person calls it.</summary>
internal static class CommandRun
{
    /// <summary>Runs a command.</summary>
    /// <returns>Its exit code and what it wrote.</returns>
    public static (int ExitCode, string Output, string Errors) Run(params string[] args)
    {
        using StringWriter output = new(), errors = new();
        int code = CommandLine.Run(args, new CliContext
        {
            Algorithms = AlgorithmRegistry.All,
            Environments = () => new EnvironmentRegistry(),
            Out = output,
            Error = errors,
            Time = TimeProvider.System,
        });
        return (code, output.ToString(), errors.ToString());
    }

    /// <summary>Trains with the shipped settings and scores the exported file.</summary>
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
        (int code, string output, string errors) = Run(args);
        Assert.That((code, errors), Is.EqualTo((0, "")), string.Join(' ', args));
        return output;
    }
}
