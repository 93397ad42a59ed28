using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;

namespace Pipeline.Tests.Runtime;

/// <summary>A model file is untrusted: every fault has a message that names it.</summary>
internal sealed class PolicyLoadTests
{
    private const string Batch = "batch";

    [Test]
    public void A_file_on_disk_loads_and_is_not_held_open()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "continuous.onnx");
        File.WriteAllBytes(path, SketchedPolicies.File(SketchedPolicies.Continuous()));
        using Policy policy = Policy.Load(path);
        File.Delete(path);
        float[] action = new float[2];
        policy.Act([1, 0], action);
        Assert.That(action, Is.EqualTo(new[] { 3f, 1f }));
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(() => Policy.Load("no/such/policy.onnx"), Throws.InstanceOf<PolicyLoadException>().With.Message.Contains("no/such/policy.onnx").And.Message.Contains("Check the path"));

    [Test]
    public void A_file_above_the_limit_is_not_read()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Continuous());
        Expect(() => Policy.Load(file, "big", new PolicyOptions { MaximumFileBytes = 100 }), $"{file.Length} bytes", "at most 100", "MaximumFileBytes");
    }

    [Test]
    public void Random_bytes_are_refused()
    {
        var random = new RandomGenerator(4);
        for (int round = 0; round < 500; round++)
        {
            byte[] bytes = new byte[random.NextInt32(300)];
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.NextInt32(256);
            Assert.That(() => Policy.Load(bytes, "random"), Throws.InstanceOf<PolicyLoadException>());
        }
    }

    [Test]
    public void A_file_cut_short_anywhere_is_refused()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Continuous());
        for (int length = 0; length < file.Length; length += 7)
            Assert.That(() => Policy.Load(file[..length], "cut"), Throws.InstanceOf<PolicyLoadException>(), $"after {length} bytes");
    }

    [Test]
    public void A_file_with_one_byte_changed_loads_or_is_refused_but_nothing_else()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Discrete());
        var random = new RandomGenerator(8);
        int refused = 0;
        for (int round = 0; round < 1500; round++)
        {
            byte[] changed = (byte[])file.Clone();
            changed[random.NextInt32(changed.Length)] = (byte)random.NextInt32(256);
            try
            {
                Policy.Load(changed, "changed").Dispose();
            }
            catch (PolicyLoadException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(500));
    }

    [Test]
    public void A_model_without_a_manifest_is_refused() =>
        Expect(() => Policy.Load(SketchedPolicies.Continuous().Model.Build(), "bare"), "metadata_props", "pipeline.manifest", "Use a file that Pipeline exported");

    [Test]
    public void A_manifest_with_faults_names_them_all()
    {
        (OnnxSketch model, PolicyManifest manifest) = SketchedPolicies.Continuous();
        string json = manifest.ToJson().Replace("\"steps\": 0", "\"steps\": -3", StringComparison.Ordinal).Replace("\"opset\": 15", "\"opset\": \"new\"", StringComparison.Ordinal);
        byte[] file = model.Metadata(PolicyManifest.MetadataKey, json).Build();
        Expect(() => Policy.Load(file, "faulty"), "faulty", "steps: found -3", "opset: found 'new'", "7 to 25");
    }

    [Test]
    public void A_second_manifest_or_graph_is_refused()
    {
        (OnnxSketch model, PolicyManifest manifest) = SketchedPolicies.Continuous();
        model.Metadata(PolicyManifest.MetadataKey, manifest.ToJson()).Metadata(PolicyManifest.MetadataKey, manifest.ToJson());
        Expect(() => Policy.Load(model.Build(), "twice"), "a second time");
        (OnnxSketch other, _) = SketchedPolicies.Continuous();
        other.Extra.Message(7, new OnnxSketch.Wire().Text(2, "hidden"));
        Expect(() => Policy.Load(other.Build(), "two graphs"), "a second graph");
    }

    [Test]
    public void External_data_are_refused_wherever_they_point()
    {
        foreach (string location in new[] { "../../etc/passwd", "/etc/passwd", "weights.bin" })
        {
            (OnnxSketch model, PolicyManifest manifest) = SketchedPolicies.Continuous();
            model.External("outside", [2], location);
            Expect(() => Policy.Load(SketchedPolicies.File((model, manifest)), "external"), "graph.initializer", "'outside' with its data in another file", "Save the model as one file");
        }
    }

    [Test]
    public void Custom_operators_subgraphs_and_functions_are_refused_together()
    {
        (OnnxSketch model, PolicyManifest manifest) = SketchedPolicies.Continuous();
        model.Node("my.domain", "Steal", "observation", "x").Node("If", "x", "y", ("then_branch", new OnnxSketch.Wire()));
        model.Extra.Message(25, new OnnxSketch.Wire().Text(1, "f"));
        PolicyLoadException fault = Expect(() => Policy.Load(SketchedPolicies.File((model, manifest)), "odd"), "Steal", "my.domain", "subgraph", "functions");
        Assert.That(fault.Problems, Has.Count.EqualTo(3));
    }

    [Test]
    public void An_operator_that_policies_have_no_use_for_is_refused()
    {
        foreach (string op in new[] { "NoSuchOperator", "TopK", "RandomNormal", "ConstantOfShape", "Loop" })
            Expect(() => LoadPlain(Plain().Node(op, "observation", "action")), $"graph.node.op_type: found the operator {op}; allowed: the operators of exported policies: Abs, Add,");
    }

    [Test]
    public void A_missing_output_is_named()
    {
        OnnxSketch model = new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 2).Node("Identity", "observation", "reply").Output("reply", OnnxSketch.Float32, Batch, 2);
        Expect(() => LoadPlain(model), "graph.output: found no 'action' among 'reply'", "'reply', which the manifest does not list");
    }

    [Test]
    public void A_missing_input_is_named()
    {
        OnnxSketch model = new OnnxSketch().Input("obs", OnnxSketch.Float32, Batch, 2).Node("Identity", "obs", "action").Output("action", OnnxSketch.Float32, Batch, 2);
        Expect(() => LoadPlain(model), "graph.input: found no 'observation' among 'obs'");
    }

    [Test]
    public void A_wrong_type_or_shape_is_named_with_both_sides()
    {
        Expect(
            () => LoadPlain(new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 3).Node("Identity", "observation", "action").Output("action", OnnxSketch.Int64, Batch, 2)),
            "graph.input 'observation': found float32 [symbolic, 3]; allowed: observation float32 [batch, 2]",
            "graph.output 'action': found int64 [symbolic, 2]");
        Expect(
            () => LoadPlain(new OnnxSketch().Input("observation", OnnxSketch.Float32, 1, 2).Node("Identity", "observation", "action").Output("action", OnnxSketch.Float32, Batch, 2)),
            "found float32 [1, 2]");
    }

    [Test]
    public void A_batch_fixed_inside_the_graph_is_found_when_loading()
    {
        OnnxSketch model = Plain().Longs("rows", 1, 2).Node("Reshape", "observation rows", "action");
        Expect(() => LoadPlain(model), "graph.node[0] (Reshape 'action'): found float32 [2, 2] as [1, 2] for 2 rows");
    }

    [Test]
    public void The_action_must_be_the_first_output()
    {
        OnnxSketch model = new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 2)
            .Node("Identity", "observation", "action").Node("Identity", "observation", "mean")
            .Output("mean", OnnxSketch.Float32, Batch, 2).Output("action", OnnxSketch.Float32, Batch, 2);
        TensorSpec[] extra = { new("mean", TensorElement.Float32, [TensorSpec.Batch, 2], TensorRole.Mean) };
        PolicyManifest manifest = SketchedPolicies.Manifest(new Box(-1, 1, 2), new Box(-1, 1, 2), sampling: false, masks: false, extra);
        Expect(() => Policy.Load(SketchedPolicies.File((model, manifest)), "order"), "graph.output[0]: found 'mean'", "'action', the deterministic action");
    }

    [Test]
    public void A_deterministic_action_that_depends_on_noise_is_refused()
    {
        OnnxSketch model = new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 2).Input("noise", OnnxSketch.Float32, Batch, 2)
            .Node("Add", "observation noise", "action").Node("Identity", "action", "action_sample")
            .Output("action", OnnxSketch.Float32, Batch, 2).Output("action_sample", OnnxSketch.Float32, Batch, 2);
        PolicyManifest manifest = SketchedPolicies.Manifest(new Box(-1, 1, 2), new Box(-1, 1, 2), sampling: true, masks: false);
        Expect(() => Policy.Load(SketchedPolicies.File((model, manifest)), "noisy"), "graph.output[0]", "depends on 'noise'");
    }

    [Test]
    public void An_opset_other_than_the_manifests_is_named()
    {
        OnnxSketch model = Plain().Node("Identity", "observation", "action");
        model.Opset = 14;
        Expect(() => LoadPlain(model), "opset_import: found 14", "15, as the manifest says");
    }

    [Test]
    public void Cuda_without_a_gpu_build_is_an_error_and_auto_falls_back_and_says_so()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Continuous());
        string? line = null;
        using Policy policy = Policy.Load(file, "auto", new PolicyOptions { Device = PolicyDevice.Auto, Log = text => line = text });
        Assert.That(line, Does.Contain("auto").And.Contain("runs on " + (policy.Device == PolicyDevice.Cpu ? "cpu, as cuda cannot be had" : "cuda")));
        if (policy.Device == PolicyDevice.Cuda) Assert.Ignore("This machine has CUDA, so its absence cannot be shown.");
        Expect(() => Policy.Load(file, "gpu", new PolicyOptions { Device = PolicyDevice.Cuda }), "Device: found Cuda, which cannot be had", "-p:Gpu=true");
    }

    [Test]
    public void Operators_only_the_sample_needs_do_not_run_for_the_deterministic_action()
    {
        // The sampling branch fails whenever it runs: 3 columns do not add to 2.
        OnnxSketch model = new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 2).Input("noise", OnnxSketch.Float32, Batch, 2)
            .Longs("wide", -1, 3).Node("Identity", "observation", "action")
            .Node("Reshape", "noise wide", "broken").Node("Add", "broken observation", "action_sample")
            .Output("action", OnnxSketch.Float32, Batch, 2).Output("action_sample", OnnxSketch.Float32, Batch, 2);
        PolicyManifest manifest = SketchedPolicies.Manifest(new Box(-1, 1, 2), new Box(-1, 1, 2), sampling: true, masks: false);
        byte[] file = SketchedPolicies.File((model, manifest));
        using Policy policy = Policy.Load(file, "half", new PolicyOptions { Sampling = false });
        float[] action = new float[2];
        policy.Act([1, 2], action);
        Assert.That(action, Is.EqualTo(new[] { 1f, 2f }));
        Expect(() => Policy.Load(file, "whole"), "graph.node[1] (Reshape 'broken'): found float32 [1, 2] as [-1, 3] for 1 row");
    }

    private static OnnxSketch Plain() => new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 2).Output("action", OnnxSketch.Float32, Batch, 2);

    private static Policy LoadPlain(OnnxSketch model) =>
        Policy.Load(SketchedPolicies.File((model, SketchedPolicies.Manifest(new Box(-1, 1, 2), new Box(-1, 1, 2), sampling: false, masks: false))), "plain");

    private static PolicyLoadException Expect(Func<Policy> load, params string[] words)
    {
        PolicyLoadException fault = Assert.Throws<PolicyLoadException>(() => load().Dispose())!;
        Assert.That(words.Where(word => !fault.Message.Contains(word, StringComparison.Ordinal)), Is.Empty, fault.Message);
        return fault;
    }
}
