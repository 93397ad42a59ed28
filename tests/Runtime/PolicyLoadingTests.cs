using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Runtime.Execution;

namespace Pipeline.Tests.Runtime;

/// <summary>Where a policy comes from, on which thread it is loaded, and on what device it ends up.</summary>
internal sealed class PolicyLoadingTests
{
    private static readonly byte[] Model = SketchedPolicies.File(SketchedPolicies.Continuous());

    [Test]
    public void A_stream_is_read_from_where_it_stands_to_its_end_and_left_open()
    {
        using var stream = new MemoryStream([1, 2, 3, .. Model]);
        stream.Position = 3;
        using Policy policy = Policy.Load(stream, "a stream");
        Assert.That(Act(policy), Is.EqualTo(new[] { 3f, 1f }));
        Assert.That((stream.CanRead, stream.Position), Is.EqualTo((true, stream.Length)));
    }

    [Test]
    public async Task A_stream_that_does_not_know_its_length_loads_in_the_background()
    {
        byte[] large = SketchedPolicies.File(SketchedPolicies.Mlp(4, 256, 256, 2));
        using var packed = new MemoryStream();
        using (var writer = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) writer.Write(large);
        packed.Position = 0;
        using var stream = new GZipStream(packed, CompressionMode.Decompress);
        using Policy policy = await Policy.LoadAsync(stream, "packed");
        using Policy same = Policy.Load(large, "bytes");
        float[] first = new float[2], second = new float[2];
        policy.Act([1, 2, 3, 4], first);
        same.Act([1, 2, 3, 4], second);
        Assert.That(first, Is.EqualTo(second));
    }

    [Test]
    public void A_stream_that_is_too_long_or_fails_is_refused_by_its_name()
    {
        var options = new PolicyOptions { MaximumFileBytes = Model.Length - 1 };
        using var known = new MemoryStream(Model);
        using var packed = new MemoryStream();
        using (var writer = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) writer.Write(Model);
        packed.Position = 0;
        using var unknown = new GZipStream(packed, CompressionMode.Decompress);
        Assert.That(() => Policy.Load(known, "known", options), Throws.InstanceOf<PolicyLoadException>().With.Message.Contains("'known'").And.Message.Contains($"at most {Model.Length - 1}"));
        Assert.That(() => Policy.Load(unknown, "unknown", options), Throws.InstanceOf<PolicyLoadException>().With.Message.Contains("'unknown'").And.Message.Contains($"at most {Model.Length - 1}"));
        known.Dispose();
        Assert.That(() => Policy.Load(known, "closed"), Throws.InstanceOf<PolicyLoadException>().With.Message.Contains("cannot be read"));
        using var exact = new MemoryStream(Model);
        Assert.That(() => Policy.Load(exact, "exact", options with { MaximumFileBytes = Model.Length }).Dispose(), Throws.Nothing);
    }

    [Test]
    public async Task Files_and_bytes_load_in_the_background_ready_for_the_rows_asked_for()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "background.onnx");
        await File.WriteAllBytesAsync(path, Model);
        using Policy fromFile = await Policy.LoadAsync(path, new PolicyOptions { WarmUpRows = 300 });
        using Policy fromBytes = await Policy.LoadAsync(Model, "bytes");
        Assert.That(Act(fromFile), Is.EqualTo(Act(fromBytes)));
        float[] rows = new float[600], actions = new float[600];
        Assert.That(AllocatedBytes.Of(() => fromFile.ActBatch(rows, 300, actions)), Is.Zero);
        Assert.That(async () => await Policy.LoadAsync("no/such/file.onnx"), Throws.InstanceOf<PolicyLoadException>());
        Assert.That(async () => await Policy.LoadAsync(path, new PolicyOptions { Threads = 0 }), Throws.ArgumentException);
    }

    [Test]
    public void A_load_given_up_leaves_nothing_behind()
    {
        int alive = GraphRunner.Alive;
        using var early = new CancellationTokenSource();
        var options = new PolicyOptions { Device = PolicyDevice.Auto, Log = _ => early.Cancel() };
        Assert.That(async () => await Policy.LoadAsync(Model, "read and looked at", options, early.Token), Throws.InstanceOf<OperationCanceledException>());
        for (int reads = 0; reads < 6; reads++)
        {
            using var source = new CancellationTokenSource();
            using var stream = new CancellingStream(Model, source, reads);
            Assert.That(async () => await Policy.LoadAsync(stream, "given up", cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
        }

        Assert.That(GraphRunner.Alive, Is.EqualTo(alive));
    }

    [Test]
    public void A_device_that_is_not_there_is_refused_with_the_reason_and_the_remedy([ValueSource(nameof(Elsewhere))] PolicyDevice device)
    {
        try
        {
            using Policy policy = Policy.Load(Model, "elsewhere", new PolicyOptions { Device = device });
            Assert.That(policy.Device, Is.EqualTo(device), "this machine has it");
            Assert.That(Act(policy), Is.EqualTo(new[] { 3f, 1f }).Within(1e-3));
        }
        catch (PolicyLoadException fault)
        {
            Assert.That(fault.Message, Does.Contain($"Device: found {device}, which cannot be had: ").And.Contain("Cpu, or a device of this machine"));
            Assert.That(fault.Problems.Single().Remedy, Is.Not.Empty);
        }
    }

    [Test]
    public void A_policy_says_why_it_runs_where_it_does()
    {
        string? line = null;
        using Policy auto = Policy.Load(Model, "anywhere", new PolicyOptions { Device = PolicyDevice.Auto, Log = text => line = text });
        using Policy plain = Policy.Load(Model, "plain");
        Assert.That(line, Is.EqualTo($"The policy 'anywhere' runs on {auto.DeviceReason}."));
        Assert.That(plain.DeviceReason, Is.EqualTo("cpu, as the options say"));
    }

    [Test]
    public void Device_options_out_of_place_are_named_all_at_once()
    {
        var options = new PolicyOptions { DeviceId = -1, DeviceOptions = new Dictionary<string, string> { ["gpu_mem_limit"] = "1" }, WarmUpRows = 0 };
        Assert.That(
            () => Policy.Load(Model, "model", options),
            Throws.ArgumentException.With.Message.Contains("DeviceId -1").And.Message.Contains("Cpu takes none").And.Message.Contains("WarmUpRows 0"));
    }

    private static IEnumerable<PolicyDevice> Elsewhere() => Enum.GetValues<PolicyDevice>().Where(device => device is not (PolicyDevice.Cpu or PolicyDevice.Auto));

    private static float[] Act(Policy policy)
    {
        float[] action = new float[2];
        policy.Act([1, 0], action);
        return action;
    }

    /// <summary>Cancels at a read.</summary>
    private sealed class CancellingStream(byte[] content, CancellationTokenSource source, int reads) : MemoryStream(content)
    {
        private int _reads;

        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_reads++ >= reads) source.Cancel();
            return base.Read(buffer, offset, Math.Min(count, 200));
        }
    }
}
