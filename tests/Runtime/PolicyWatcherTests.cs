using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Files;

namespace Pipeline.Tests.Runtime;

/// <summary>A file that changes on disk while its policy runs. Nothing here waits for a time, but for what is to happen.</summary>
internal sealed class PolicyWatcherTests
{
    private readonly ConcurrentQueue<PolicyManifest> _reloaded = new();
    private readonly ConcurrentQueue<Exception> _refused = new();
    private TemporaryFolder _folder = null!;
    private string _path = "";

    private PolicyWatcherOptions Quick => new()
    {
        Interval = TimeSpan.FromMilliseconds(20),
        Settle = TimeSpan.FromMilliseconds(20),
        Reloaded = _reloaded.Enqueue,
        Refused = _refused.Enqueue,
    };

    [SetUp]
    public void WriteTheFile()
    {
        _folder = new TemporaryFolder();
        _path = _folder["policy.onnx"];
        File.WriteAllBytes(_path, Sketch(2));
        _reloaded.Clear();
        _refused.Clear();
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_file_replaced_by_a_rename_is_taken()
    {
        using Policy policy = Policy.Load(_path);
        using var watcher = new PolicyWatcher(policy, _path, Quick);
        AtomicFile.Write(_path, stream => stream.Write(Sketch(3)));
        Await(() => policy.Version == 2);
        Await(() => _reloaded.Count == 1);
        float[] action = new float[2];
        policy.Act([1, 0], action);
        Assert.That(action[0], Is.EqualTo(4f));
        Assert.That(watcher.LastFault, Is.Null);
    }

    [Test]
    public void A_file_written_in_place_piece_by_piece_is_taken_whole()
    {
        using Policy policy = Policy.Load(_path);
        using var watcher = new PolicyWatcher(policy, _path, Quick with { Settle = TimeSpan.FromMilliseconds(400) });
        byte[] next = Sketch(3);
        using (var stream = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            for (int done = 0; done < next.Length; done += 100)
            {
                stream.Write(next, done, Math.Min(100, next.Length - done));
                stream.Flush();
                Thread.Sleep(1);
            }
        }

        Await(() => policy.Version == 2);
        Assert.That(_refused, Is.Empty);
    }

    [Test]
    public void A_refused_file_is_told_once_and_a_good_one_after_it_is_taken()
    {
        using Policy policy = Policy.Load(_path);
        using var watcher = new PolicyWatcher(policy, _path, Quick);
        AtomicFile.Write(_path, stream => stream.Write(SketchedPolicies.File(SketchedPolicies.Mlp(3, 2))));
        Await(() => !_refused.IsEmpty);
        AtomicFile.Write(_path, stream => stream.Write(Sketch(3)));
        Await(() => policy.Version == 2);
        Exception fault = _refused.Single();
        Assert.That(fault, Is.InstanceOf<PolicyLoadException>().With.Message.Contains(_path).And.Message.Contains("observation_space"));
        Assert.That(watcher.LastFault, Is.SameAs(fault));
    }

    [Test]
    public void A_file_that_goes_leaves_the_policy_and_is_taken_when_it_comes_back()
    {
        using Policy policy = Policy.Load(_path);
        using var watcher = new PolicyWatcher(policy, _path, Quick);
        File.Delete(_path);
        Thread.Sleep(100);
        Assert.That(() => policy.WarmUp(), Throws.Nothing);
        File.WriteAllBytes(_path, Sketch(3));
        Await(() => policy.Version == 2);
        Assert.That(_refused, Is.Empty);
    }

    [Test]
    public void A_file_that_was_newer_from_the_start_is_taken_and_the_same_one_is_not()
    {
        using Policy policy = Policy.Load(Sketch(3), "older");
        using var watcher = new PolicyWatcher(policy, _path, Quick);
        Await(() => policy.Version == 2);
        File.WriteAllBytes(_path, Sketch(2));
        File.SetLastWriteTimeUtc(_path, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllBytes(_path, Sketch(4));
        Await(() => policy.Version >= 3);
        Assert.That((policy.Version, _reloaded.Count), Is.EqualTo((3L, 2)).Or.EqualTo((3L, 1)), "the same content again was no reload");
    }

    [Test]
    public void A_link_that_is_turned_to_another_file_is_followed()
    {
        string target = _path + ".target";
        string link = _path + ".link";
        File.WriteAllBytes(target, Sketch(2));
        File.CreateSymbolicLink(link, target);
        using Policy policy = Policy.Load(link);
        using var watcher = new PolicyWatcher(policy, link, Quick);
        AtomicFile.Write(target, stream => stream.Write(Sketch(3)));
        Await(() => policy.Version == 2);
        Assert.That(_refused, Is.Empty);
    }

    [Test]
    public void What_a_callback_throws_ends_neither_the_watch_nor_the_program()
    {
        using Policy policy = Policy.Load(_path);
        var thrown = new InvalidOperationException("the host's own");
        using var watcher = new PolicyWatcher(policy, _path, Quick with { Reloaded = _ => throw thrown });
        AtomicFile.Write(_path, stream => stream.Write(Sketch(3)));
        Await(() => watcher.LastFault is not null);
        AtomicFile.Write(_path, stream => stream.Write(Sketch(4)));
        Await(() => policy.Version == 3);
        Assert.That(watcher.LastFault, Is.SameAs(thrown));
    }

    [Test]
    public void A_watch_that_ended_takes_nothing_more()
    {
        using Policy policy = Policy.Load(_path);
        var watcher = new PolicyWatcher(policy, _path, Quick);
        AtomicFile.Write(_path, stream => stream.Write(Sketch(3)));
        Await(() => _reloaded.Count == 1);
        watcher.Dispose();
        Assert.That(watcher.Dispose, Throws.Nothing);
        AtomicFile.Write(_path, stream => stream.Write(Sketch(4)));
        Thread.Sleep(200);
        Assert.That(policy.Version, Is.EqualTo(2));
    }

    [Test]
    public void A_folder_that_is_not_there_yet_is_looked_for_too()
    {
        string later = Path.Combine(Path.GetDirectoryName(_path)!, "later", "policy.onnx");
        using Policy policy = Policy.Load(_path);
        using var watcher = new PolicyWatcher(policy, later, Quick);
        Directory.CreateDirectory(Path.GetDirectoryName(later)!);
        File.WriteAllBytes(later, Sketch(3));
        Await(() => policy.Version == 2);
        Assert.That(_refused, Is.Empty);
    }

    [Test]
    public void Options_out_of_range_are_named_all_at_once()
    {
        using Policy policy = Policy.Load(_path);
        var options = new PolicyWatcherOptions { Interval = TimeSpan.Zero, Settle = TimeSpan.FromSeconds(-1) };
        Assert.That(() => new PolicyWatcher(policy, _path, options), Throws.ArgumentException.With.Message.Contains("Interval 00:00:00").And.Message.Contains("Settle -00:00:01"));
    }

    private static byte[] Sketch(float factor) => SketchedPolicies.File(SketchedPolicies.Continuous(factor));

    private static void Await(Func<bool> happened) =>
        Assert.That(SpinWait.SpinUntil(happened, TimeSpan.FromMinutes(1)), "it has not happened within a minute");
}
