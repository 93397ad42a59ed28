using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Loop;

public sealed class TrainingRunTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_run_leaves_everything_in_its_folder()
    {
        RunResult result = Train(_folder["run"], ("total_steps", "2000"));
        string[] files = Directory.GetFiles(_folder["run"]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal).ToArray();
        MetricTable table = MetricTable.Read(_folder["run/metrics.csv"]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Finished, Is.True);
            Assert.That(result.Steps, Is.EqualTo(2000));
            Assert.That(files.Where(f => !f.StartsWith("events.", StringComparison.Ordinal)), Is.EqualTo(new[] { "config.json", "learning-curve.svg", "metrics.csv", "policy.json", "policy.onnx" }));
            Assert.That(files.Count(f => f.StartsWith("events.out.tfevents.", StringComparison.Ordinal)), Is.EqualTo(1));
            Assert.That(Checkpoints("run"), Is.EqualTo(new[] { 2000, 1800 }));
            Assert.That(table.Keys, Is.SupersetOf(new[] { "episode_return", "episode_length", "policy_loss", "steps_per_second" }));
            Assert.That(table.Rows, Has.Count.EqualTo(200));
            Assert.That(table.Rows.Select(r => r.Step), Is.Ordered.And.Unique);
            PolicyManifest manifest = PolicyManifest.Parse(File.ReadAllText(_folder["run/policy.json"]), "policy.json");
            Assert.That((manifest.Algorithm, manifest.Environment, manifest.Seed, manifest.Steps), Is.EqualTo(("fake", "CartPole-v1", 7UL, 2000L)));
        });
    }

    [Test]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run()
    {
        Train(_folder["whole"], ("total_steps", "2000"));
        RunResult half = Train(_folder["halves"], stopAt: 1010, settings: ("total_steps", "2000"));
        RunResult rest = Resume(_folder["halves"]);
        Assert.Multiple(() =>
        {
            Assert.That(half.Finished, Is.False);
            Assert.That(half.Steps, Is.EqualTo(1010));
            Assert.That(rest.Finished, Is.True);
            Assert.That(Bytes("halves/checkpoints/checkpoint-2000.safetensors"), Is.EqualTo(Bytes("whole/checkpoints/checkpoint-2000.safetensors")));
            Assert.That(Learned("halves"), Is.EqualTo(Learned("whole")));
        });
    }

    [Test]
    public void A_killed_run_goes_on_from_its_last_checkpoint_and_ends_the_same()
    {
        Train(_folder["whole"], ("total_steps", "2000"));
        // As a killed process leaves it: metrics beyond the last checkpoint, a row cut off, a half-written file.
        Train(_folder["killed"], stopAt: 1330, settings: ("total_steps", "2000"));
        File.Delete(_folder["killed/checkpoints/checkpoint-1330.safetensors"]);
        File.AppendAllText(_folder["killed/metrics.csv"], "1340,0.3");
        File.WriteAllText(_folder["killed/checkpoints/checkpoint-1400.safetensors.tmp"], "half");
        Assert.That(Checkpoints("killed"), Is.EqualTo(new[] { 1200 }), "the folder keeps two");
        Resume(_folder["killed"]);
        Assert.Multiple(() =>
        {
            Assert.That(Bytes("killed/checkpoints/checkpoint-2000.safetensors"), Is.EqualTo(Bytes("whole/checkpoints/checkpoint-2000.safetensors")));
            Assert.That(Learned("killed"), Is.EqualTo(Learned("whole")));
        });
    }

    [Test]
    public void A_damaged_latest_checkpoint_costs_only_what_came_after_the_one_before()
    {
        Train(_folder["whole"], ("total_steps", "2000"));
        Train(_folder["run"], stopAt: 1000, settings: ("total_steps", "2000"));
        string latest = _folder["run/checkpoints/checkpoint-1000.safetensors"];
        byte[] bytes = File.ReadAllBytes(latest);
        bytes[^1] ^= 1;
        File.WriteAllBytes(latest, bytes);
        var messages = new List<string>();
        Resume(_folder["run"], messages.Add);
        Assert.Multiple(() =>
        {
            Assert.That(messages, Has.Some.Contains("damaged"));
            Assert.That(messages, Has.Some.EqualTo("Resumed at step 800."));
            Assert.That(Bytes("run/checkpoints/checkpoint-2000.safetensors"), Is.EqualTo(Bytes("whole/checkpoints/checkpoint-2000.safetensors")));
        });
    }

    [Test]
    public void A_run_without_a_checkpoint_yet_starts_again()
    {
        Train(_folder["whole"], ("total_steps", "500"));
        Train(_folder["run"], stopAt: 30, settings: ("total_steps", "500"));
        Directory.Delete(_folder["run/checkpoints"], recursive: true);
        Resume(_folder["run"]);
        Assert.That(Learned("run"), Is.EqualTo(Learned("whole")));
    }

    [Test]
    public void With_constant_schedules_a_finished_run_can_be_made_longer_and_equals_the_long_one()
    {
        Train(_folder["long"], ("total_steps", "2000"), ("learning_rate", "0.1"));
        Train(_folder["short"], ("total_steps", "1000"), ("learning_rate", "0.1"));
        RunResult result = Resume(_folder["short"], settings: ("total_steps", "2000"));
        Assert.Multiple(() =>
        {
            Assert.That(result.Steps, Is.EqualTo(2000));
            Assert.That(Bytes("short/checkpoints/checkpoint-2000.safetensors"), Is.EqualTo(Bytes("long/checkpoints/checkpoint-2000.safetensors")));
            Assert.That(RunRequest.Read(_folder["short/config.json"]).Options, Has.Member(new KeyValuePair<string, string>("total_steps", "2000")));
        });
    }

    [Test]
    public void A_stop_is_obeyed_after_the_iteration_and_saves_and_exports()
    {
        using var stop = new CancellationTokenSource();
        RunResult result = Train(_folder["run"], stop: stop, onIterated: t =>
        {
            if (t.Updates == 7) stop.Cancel();
        });
        Assert.Multiple(() =>
        {
            Assert.That(result, Is.EqualTo(new RunResult(false, 70, result.Seconds, result.EpisodeReturn)));
            Assert.That(Checkpoints("run").First(), Is.EqualTo(70));
            Assert.That(File.Exists(_folder["run/policy.onnx"]));
        });
    }

    [Test]
    public void A_loss_that_is_no_number_stops_the_run_and_keeps_the_last_checkpoint()
    {
        NonFiniteLossException error = Assert.Throws<NonFiniteLossException>(() => Train(_folder["run"], ("total_steps", "1000"), ("break_at", "55")))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.Contain("step 540").And.Contain("update 55").And.Contain("step 500").And.Contain("learning_rate"));
            Assert.That(Checkpoints("run"), Is.EqualTo(new[] { 500, 400 }));
            Assert.That(File.Exists(_folder["run/policy.onnx"]), Is.False);
        });
    }

    [Test]
    public void A_checkpoint_is_also_written_when_the_last_one_is_old()
    {
        var time = new SteppedTime();
        Train(_folder["run"], time: time, onIterated: _ => time.Advance(TimeSpan.FromMinutes(2)), stopAt: 90, settings: ("total_steps", "100000"));
        // Iterations of 10 steps and 2 minutes: the first after 6 minutes, at 30 steps; then 60 and 90.
        Assert.That(Checkpoints("run"), Is.EqualTo(new[] { 90, 60 }));
    }

    [Test]
    public void Rows_are_logged_by_steps_alone()
    {
        Train(_folder["run"], logEvery: 25, settings: ("total_steps", "200"));
        Assert.That(MetricTable.Read(_folder["run/metrics.csv"]).Rows.Select(r => r.Step), Is.EqualTo(new[] { 30, 50, 80, 100, 130, 150, 180, 200 }));
    }

    [Test]
    public void The_monitor_shows_the_latest_figures()
    {
        var monitor = new RunMonitor();
        Train(_folder["run"], monitor: monitor, settings: ("total_steps", "200"));
        RunSnapshot snapshot = monitor.Read();
        Assert.Multiple(() =>
        {
            Assert.That((snapshot.Steps, snapshot.TotalSteps), Is.EqualTo((200L, 200L)));
            Assert.That(snapshot.Metric("policy_loss"), Is.Not.Null);
            Assert.That(snapshot.TimeLeft, Is.EqualTo(TimeSpan.Zero));
        });
    }

    [Test]
    public void A_folder_with_a_run_is_refused_and_so_is_one_in_use()
    {
        Train(_folder["run"], ("total_steps", "100"));
        using RunFolder open = RunFolder.Open(_folder["run"]);
        Assert.Multiple(() =>
        {
            Assert.That(() => RunFolder.Create(_folder["run"]), Throws.TypeOf<UserErrorException>().With.Message.Contains("--resume"));
            Assert.That(() => RunFolder.Open(_folder["run"]), Throws.TypeOf<UserErrorException>().With.Message.Contains("another process"));
            Assert.That(() => RunFolder.Open(_folder["ran"]), Throws.TypeOf<UserErrorException>().With.Message.Contains("'run'"));
            Assert.That(() => RunFolder.Open(_folder.Root), Throws.TypeOf<UserErrorException>().With.Message.Contains("config.json"));
        });
    }

    [Test]
    public void A_checkpoint_of_another_run_does_not_fit()
    {
        Train(_folder["run"], ("total_steps", "100"), ("environment_count", "4"));
        using ResolvedRun resolved = Resolve(new RunRequest { Algorithm = "fake", Environment = "CartPole-v1" });
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        Assert.That(() => TrainingRun.LoadLatest(_folder["run"], trainer, _ => { }), Throws.Exception);
    }

    private RunResult Train(string folder, params (string Key, string Value)[] settings) => Train(folder, long.MaxValue, settings: settings);

    private static RunResult Train(
        string folder,
        long stopAt = long.MaxValue,
        CancellationTokenSource? stop = null,
        Action<FakeTrainer>? onIterated = null,
        TimeProvider? time = null,
        RunMonitor? monitor = null,
        long? logEvery = null,
        params (string Key, string Value)[] settings)
    {
        var request = new RunRequest
        {
            Algorithm = "fake",
            Environment = "CartPole-v1",
            Seed = 7,
            LogEvery = logEvery,
            Options = settings.Select(s => new KeyValuePair<string, string>(s.Key, s.Value)).ToArray(),
        };
        using ResolvedRun resolved = Resolve(request);
        using var trainer = (FakeTrainer)resolved.CreateTrainer(_ => { });
        trainer.OnIterated = onIterated;
        using RunFolder opened = RunFolder.Create(folder);
        using TrainingRun run = TrainingRun.Start(opened, resolved.Config, trainer, monitor ?? new RunMonitor(), time ?? TimeProvider.System);
        return run.Execute(stop?.Token ?? CancellationToken.None, stopAt);
    }

    private static RunResult Resume(string folder, Action<string>? log = null, params (string Key, string Value)[] settings)
    {
        var given = new RunRequest { Options = settings.Select(s => new KeyValuePair<string, string>(s.Key, s.Value)).ToArray() };
        using ResolvedRun resolved = Resolve(given.Over(RunRequest.Read(RunFolder.ConfigIn(folder))));
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Open(folder);
        using TrainingRun run = TrainingRun.Resume(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System, log ?? (_ => { }));
        return run.Execute(CancellationToken.None);
    }

    private static ResolvedRun Resolve(RunRequest request) =>
        ResolvedRun.From(request, [FakeTrainer.Descriptor], (name, _, count) => new EnvironmentRegistry().MakeVector(name, count));

    private byte[] Bytes(string name) => File.ReadAllBytes(_folder[name]);

    private IEnumerable<long> Checkpoints(string run) => new CheckpointFolder(_folder[run + "/checkpoints"]).List().Select(c => c.Steps);

    /// <summary>The metrics without wall time: what must be the same however often the run was broken off.</summary>
    private string[] Learned(string run)
    {
        MetricTable table = MetricTable.Read(_folder[run + "/metrics.csv"]);
        string[] keys = table.Keys.Where(k => k != MetricKeys.StepsPerSecond).Order(StringComparer.Ordinal).ToArray();
        int[] columns = keys.Select(k => table.Keys.ToList().IndexOf(k)).ToArray();
        return table.Rows.Select(r => $"{r.Step}: {string.Join(' ', columns.Select(c => $"{r.Values[c]:R}"))}").ToArray();
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_ticks);

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
