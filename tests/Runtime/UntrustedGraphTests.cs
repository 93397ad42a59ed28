using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;

namespace Pipeline.Tests.Runtime;

/// <summary>A graph that is well formed and still not to be run: it is refused before ONNX Runtime sees it.</summary>
internal sealed class UntrustedGraphTests
{
    private const string Batch = "batch";

    [Test]
    public void A_shape_that_grows_without_bound_is_refused_with_the_limit_to_raise()
    {
        OnnxSketch model = Plain().Longs("huge", 1 << 14, 1 << 13, 2).Node("Expand", "observation huge", "grown").Node("ReduceMax", "grown", "action", ("keepdims", 0));
        Expect(model, "graph.node[0] (Expand 'grown')", "for 1 row", "at most 67108864 a row", "Raise PolicyOptions.MaximumRowBytes");
        OnnxSketch padded = Plain().Longs("pads", 0, 0, 0, 1 << 26).Node("Pad", "observation pads", "action");
        Expect(padded, "graph.node[0] (Pad 'action')", "Raise PolicyOptions.MaximumRowBytes");
    }

    [Test]
    public void Work_without_bound_is_refused_with_the_limit_to_raise()
    {
        OnnxSketch model = Plain().Longs("wide", 4096, 2).Longs("tall", 2, 4096);
        model.Node("Expand", "observation wide", "a").Node("Transpose", "a", "b").Node("MatMul", "a b", "c");
        for (int i = 0; i < 3; i++) model.Node("Reshape", "c square", "d" + i);
        model.Longs("square", 4096, 4096).Node("MatMul", "c c", "e").Node("ReduceMax", "e", "action");
        byte[] file = File(model);
        var roomy = new PolicyOptions { MaximumRowBytes = 1L << 40 };
        PolicyLoadException fault = Assert.Throws<PolicyLoadException>(() => Policy.Load(file, "busy", roomy).Dispose())!;
        Assert.That(fault.Message, Does.Contain("graph.node[6] (MatMul 'e')").And.Contain("at most 1000000000 a row").And.Contain("Raise PolicyOptions.MaximumRowWork"));
    }

    [Test]
    public void Too_many_nodes_or_too_long_a_manifest_are_refused_with_the_limit_to_raise()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Continuous());
        Refused(file, new PolicyOptions { MaximumNodes = 5 }, "graph.node: found more than 5 nodes; allowed: at most 5", "Raise PolicyOptions.MaximumNodes");
        Refused(file, new PolicyOptions { MaximumManifestBytes = 100 }, "metadata_props: found a manifest of", "at most 100", "Raise PolicyOptions.MaximumManifestBytes");
        Refused(file, new PolicyOptions { MaximumRowBytes = 16 }, "graph.node[", "at most 16 a row");
        using Policy policy = Policy.Load(file, "within", new PolicyOptions { MaximumNodes = 6, MaximumRowBytes = 256, MaximumRowWork = 64 });
        Assert.That(policy.CanSample);
    }

    [TestCase(4, "12 bytes; allowed: 16 for the shape [4]")]
    [TestCase(1 << 30, "12 bytes; allowed: 4294967296 for the shape [1073741824]")]
    [TestCase(0, "dims: found [0]")]
    [TestCase(-1, "dims: found [-1]")]
    public void An_initializer_with_other_bytes_than_its_shape_says_is_refused(int length, string words)
    {
        OnnxSketch model = Plain().Tensor("w", OnnxSketch.Float32, [length], new byte[12]).Node("Identity", "observation", "action");
        Expect(model, "graph.initializer 'w'", words);
    }

    [Test]
    public void A_shape_whose_product_overflows_is_refused() =>
        Expect(
            Plain().Tensor("w", OnnxSketch.Float32, [int.MaxValue, int.MaxValue, int.MaxValue], []).Node("Identity", "observation", "action"),
            "graph.initializer 'w'.raw_data: found 0 bytes; allowed: 3.9614");

    [Test]
    public void An_element_type_that_policies_do_not_have_is_refused() =>
        Expect(Plain().Tensor("w", 8, [1], new byte[4]).Node("Identity", "observation", "action"), "graph.initializer 'w'.data_type: found 8; allowed: 1 (float32), 7 (int64) or 9 (bool)");

    [Test]
    public void A_circle_and_a_name_that_nothing_makes_are_refused()
    {
        Expect(Plain().Node("Add", "observation b", "a").Node("Tanh", "a", "b").Node("Identity", "b", "action"), "graph.node[0] (Add 'a').input: found 'b', which is neither an input");
        Expect(Plain().Node("Identity", "nowhere", "action"), "graph.node[0] (Identity 'action').input: found 'nowhere'");
    }

    [Test]
    public void A_name_used_twice_is_refused()
    {
        Expect(Plain().Node("Tanh", "observation", "action").Node("Sin", "observation", "action"), "graph.node[1] (Sin 'action').output: found 'action' a second time");
        Expect(Plain().Node("Tanh", "observation", "observation").Node("Identity", "observation", "action"), "found 'observation' a second time");
        Expect(Plain().Input("observation", OnnxSketch.Float32, Batch, 2).Node("Identity", "observation", "action"), "graph.input: found 'observation' a second time");
    }

    [Test]
    public void Attributes_that_an_operator_does_not_have_are_refused_and_so_are_wrong_ones()
    {
        Expect(Plain().Node("Tanh", "observation", "action", ("axis", 1)), "graph.node[0] (Tanh 'action').attribute: found 'axis' (Integer); allowed: none");
        Expect(Plain().Node("Softmax", "observation", "action", ("axis", 5)), "axis 5", "-2 to 1");
        Expect(Plain().Node("Cast", "observation", "action", ("to", 8)), "to 8 for 1 row; allowed: 1 (float32), 7 (int64) or 9 (bool)");
        Expect(Plain().Node("Softmax", "observation", "action", ("axis", 1), ("axis", 1)), "'axis' a second time");
    }

    [Test]
    public void Types_that_an_operator_does_not_take_are_refused()
    {
        // A division of whole numbers by 0 would end the process.
        Expect(Plain().Longs("zero", 0, 0).Node("Cast", "observation", "whole", ("to", OnnxSketch.Int64)).Node("Div", "whole zero", "action"), "graph.node[1] (Div 'action'): found int64 [1, 2], int64 [2] for 1 row; allowed: two float32 tensors");
        Expect(Plain().Node("Not", "observation", "action"), "allowed: a bool tensor");
    }

    [Test]
    public void Places_computed_from_data_are_refused()
    {
        OnnxSketch model = Plain().Floats("table", [2, 2], 1, 2, 3, 4).Node("ArgMax", "observation", "best", ("axis", 1), ("keepdims", 0)).Node("Gather", "table best", "action");
        Expect(model, "graph.node[1] (Gather 'action'): found places int64 [1] computed from data");
        Expect(Plain().Longs("place", 7).Node("Gather", "observation place", "action", ("axis", 1)), "a place outside an axis of length 2");
    }

    [Test]
    public void An_output_of_another_shape_than_declared_is_refused_before_it_is_run() =>
        Expect(Plain().Longs("first", 0).Node("Gather", "observation first", "action", ("axis", 1)), "graph.output 'action': found float32 [1, 1] for 1 row; allowed: float32 [1, 2], as the manifest says");

    [TestCaseSource(nameof(Hostile))]
    public void A_manifest_that_costs_more_to_read_than_it_says_is_refused_at_once(string name, string json)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        ManifestException fault = Assert.Throws<ManifestException>(() => PolicyManifest.Parse(json, name))!;
        Assert.That(fault.Message, Has.Length.LessThan(100_000));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1L << 30));
    }

    private static IEnumerable<object[]> Hostile()
    {
        string valid = SketchedPolicies.Continuous().Manifest.ToJson();
        string box = "{\"type\": \"Box\", \"shape\": [4096, 4096], \"low\": 0, \"high\": 1}";
        string entries = string.Join(",", Enumerable.Range(0, 1024).Select(i => $"{{\"name\": \"e{i}\", \"space\": {box}}}"));
        yield return ["nested", new string('[', 100_000)];
        yield return ["nested objects", string.Concat(Enumerable.Repeat("{\"a\":", 100_000))];
        yield return ["a long number", new string('9', 100_000)];
        yield return ["many large spaces", valid.Replace("\"observation_space\": {", $"\"observation_space\": {{\"type\": \"Dict\", \"entries\": [{entries}]}}, \"x\": {{", StringComparison.Ordinal)];
        yield return ["many wrong entries", valid.Replace("\"recurrent\": []", $"\"recurrent\": [{string.Join(",", Enumerable.Repeat("3", 4096))}]", StringComparison.Ordinal)];
        yield return ["one name twice", valid.Replace("{\n", "{ \"seed\": 1,\n", StringComparison.Ordinal)];
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "there is no such device")]
    public void A_device_is_not_read() =>
        Assert.That(() => Policy.Load("/dev/zero"), Throws.InstanceOf<PolicyLoadException>().With.Message.Contains("/dev/zero").And.Message.Contains("no bytes, or no length"));

    private static OnnxSketch Plain() => new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 2).Output("action", OnnxSketch.Float32, Batch, 2);

    private static byte[] File(OnnxSketch model) =>
        SketchedPolicies.File((model, SketchedPolicies.Manifest(new Box(-1, 1, 2), new Box(-1, 1, 2), sampling: false, masks: false)));

    private static void Expect(OnnxSketch model, params string[] words) => Refused(File(model), new PolicyOptions(), words);

    private static void Refused(byte[] file, PolicyOptions options, params string[] words)
    {
        PolicyLoadException fault = Assert.Throws<PolicyLoadException>(() => Policy.Load(file, "hostile", options).Dispose())!;
        Assert.That(words.Where(word => !fault.Message.Contains(word, StringComparison.Ordinal)), Is.Empty, fault.Message);
    }
}
