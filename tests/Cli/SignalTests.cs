using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop.Checkpoints;

namespace Pipeline.Tests.Cli;

/// <summary>What signals do to a training process of its own.</summary>
[Platform(Exclude = "Win")]
public sealed class SignalTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_killed_process_loses_only_what_came_after_its_last_checkpoint()
    {
        using (Process process = StartTraining("killed"))
        {
            WaitForCheckpoint("killed", process);
            process.Kill();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Not.Zero);
        }

        long last = Checkpoints("killed").First();
        // Far enough beyond the kill that the resumed process trains, near enough to be quick.
        string end = (last + 20_000).ToString(CultureInfo.InvariantCulture);
        PipelineCommand resumed = PipelineCommand.Run("train", "--resume", _folder["killed"], "--stop-at", end);
        PipelineCommand whole = PipelineCommand.Run([.. Training("whole"), "--stop-at", end]);
        Assert.Multiple(() =>
        {
            Assert.That((resumed.ExitCode, whole.ExitCode), Is.EqualTo((0, 0)), resumed.Error + whole.Error);
            Assert.That(resumed.Out, Does.Contain("Resumed at step"));
            Assert.That(File.ReadAllBytes(Latest("killed")), Is.EqualTo(File.ReadAllBytes(Latest("whole"))));
        });
    }

    [TestCase("-TERM")]
    [TestCase("-INT")]
    public void A_process_asked_to_stop_saves_exports_and_exits_with_0(string signal)
    {
        using Process process = StartTraining("run");
        WaitForCheckpoint("run", process);
        using (Process kill = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Multiple(() =>
        {
            Assert.That(process.ExitCode, Is.Zero, process.StandardError.ReadToEnd());
            Assert.That(output, Does.Contain("Stopping after this iteration").And.Contain("Stopped at step"));
            Assert.That(File.Exists(_folder["run/policy.onnx"]));
            Assert.That(File.Exists(_folder["run/learning-curve.svg"]));
        });
    }

    private static string[] Options { get; } =
        ["train", "ppo", "--env", "CartPole-v1", "--steps", "10000000", "--seed", "11", "--checkpoint-every", "4000", "--out"];

    private string[] Training(string run) => [.. Options, _folder[run]];

    private Process StartTraining(string run)
    {
        string program = Path.Combine(TestContext.CurrentContext.TestDirectory, "pipeline.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. Training(run)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    private void WaitForCheckpoint(string run, Process process)
    {
        while (!Checkpoints(run).Any())
        {
            Assert.That(process.HasExited, Is.False, "training ended before its first checkpoint");
            Thread.Sleep(20);
        }
    }

    private System.Collections.Generic.IEnumerable<long> Checkpoints(string run) => new CheckpointFolder(_folder[run + "/checkpoints"]).List().Select(c => c.Steps);

    private string Latest(string run) => new CheckpointFolder(_folder[run + "/checkpoints"]).List()[0].Path;
}
