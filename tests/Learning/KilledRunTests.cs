using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Learning;

/// <summary>The command line as a process of its own, ended from outside in the middle of a run.</summary>
[Platform(Exclude = "Win", Reason = "sends signals")]
public sealed class KilledRunTests
{
    private static readonly string[] Settings =
        ["train", "ppo", "--env", "CartPole-v1", "--seed", "5", "--steps", "65536", "--log-every", "512", "--checkpoint-every", "2048", "--set", "hidden_sizes=16,16"];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_killed_run_goes_on_from_its_last_checkpoint_and_ends_as_the_unbroken_one()
    {
        (int code, _, string errors) = EndAfterCheckpoint(_folder["killed"], process => process.Kill());
        Assert.That(code, Is.Not.Zero, errors);
        Assert.That(File.Exists(_folder["killed/policy.onnx"]), Is.False, "it was killed before its end");
        AssertEndsAsTheUnbroken("killed");
    }

    [Test]
    public void A_terminated_run_saves_exports_and_goes_on_to_end_as_the_unbroken_one()
    {
        (int code, string output, string errors) = EndAfterCheckpoint(_folder["stopped"], process =>
        {
            using Process kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]);
            kill.WaitForExit();
        });
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(output, Does.Contain("Stopped at step").And.Contain($"train --resume {_folder["stopped"]}"));
            Assert.That(File.Exists(_folder["stopped/policy.onnx"]));
        });
        long saved = RunFolder.CheckpointsIn(_folder["stopped"]).List().Max(c => c.Steps);
        Assert.That(output.Replace(",", "", StringComparison.Ordinal), Does.Contain($"Stopped at step {saved}"), "nothing after the last checkpoint is lost");
        AssertEndsAsTheUnbroken("stopped");
    }

    private void AssertEndsAsTheUnbroken(string run)
    {
        Assert.That(CommandRun.Run("train", "--resume", _folder[run]).ExitCode, Is.Zero);
        Assert.That(CommandRun.Run([.. Settings, "--out", _folder["whole"]]).ExitCode, Is.Zero);
        Assert.Multiple(() =>
        {
            Assert.That(PpoRuns.Metrics(_folder[run]), Is.EqualTo(PpoRuns.Metrics(_folder["whole"])));
            Assert.That(PpoRuns.Checkpoint(_folder[run]).SequenceEqual(PpoRuns.Checkpoint(_folder["whole"])), "checkpoints");
            Assert.That(PpoRuns.Policy(_folder[run]).SequenceEqual(PpoRuns.Policy(_folder["whole"])), "exported policies");
        });
    }

    // Starts a run of its own, waits for its first checkpoint and ends it.
    private static (int ExitCode, string Output, string Errors) EndAfterCheckpoint(string folder, Action<Process> end)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(TestContext.CurrentContext.TestDirectory, "pipeline.dll"), .. Settings, "--out", folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        string checkpoints = Path.Combine(folder, "checkpoints");
        while (!process.HasExited && !(Directory.Exists(checkpoints) && Directory.EnumerateFiles(checkpoints, "*.safetensors").Any())) Thread.Sleep(2);
        if (!process.HasExited) end(process);
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors.Result);
    }
}
