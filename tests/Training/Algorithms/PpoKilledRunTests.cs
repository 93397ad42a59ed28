using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run in a process of its own, ended from outside: resumed it learns, logs and exports what the unbroken run does.</summary>
[Platform(Exclude = "Win", Reason = "sends signals")]
public sealed class PpoKilledRunTests
{
    // Far more steps than are waited for.
    private static readonly string[] Settings =
        ["train", "ppo", "--env", "CartPole-v1", "--seed", "5", "--steps", "10000000", "--log-every", "512", "--checkpoint-every", "2048", "--set", "hidden_sizes=16,16"];

    [TestCase("KILL")]
    [TestCase("TERM")]
    public void It_ends_as_the_unbroken_one(string signal)
    {
        using var folder = new TemporaryFolder();
        (int code, string output) = EndAfterCheckpoint(folder["broken"], signal);
        long saved = RunFolder.CheckpointsIn(folder["broken"]).List().Max(c => c.Steps);
        if (signal == "TERM")
        {
            string text = output.Replace(",", "", StringComparison.Ordinal);
            Assert.That(code, Is.Zero, text);
            Assert.That(text, Does.Contain($"Stopped at step {saved}").And.Contain("train --resume"), "nothing after the last checkpoint is lost");
        }

        Assert.That(File.Exists(folder["broken/policy.onnx"]), Is.EqualTo(signal == "TERM"));
        string end = (saved + 6000).ToString(CultureInfo.InvariantCulture);
        PipelineCommand resumed = PipelineCommand.Run("train", "--resume", folder["broken"], "--stop-at", end);
        PipelineCommand whole = PipelineCommand.Run([.. Settings, "--out", folder["whole"], "--stop-at", end]);
        Assert.That((resumed.ExitCode, whole.ExitCode), Is.EqualTo((0, 0)), resumed.Error + whole.Error);
        Runs.AssertSame(folder["broken"], folder["whole"]);
    }

    // Starts a run, waits for its first checkpoint and sends it a signal.
    private static (int ExitCode, string Output) EndAfterCheckpoint(string folder, string signal)
    {
        string program = Path.Combine(TestContext.CurrentContext.TestDirectory, "pipeline.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. Settings, "--out", folder]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        while (RunFolder.CheckpointsIn(folder).List().Count == 0)
        {
            Assert.That(process.HasExited, Is.False, "training ended before its first checkpoint");
            Thread.Sleep(5);
        }

        using Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        process.WaitForExit();
        return (process.ExitCode, output.Result);
    }
}
