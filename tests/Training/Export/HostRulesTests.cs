using System;
using System.Collections.Generic;
using System.Linq;
using Google.Protobuf;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Runtime;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Export.Profiles;

namespace Pipeline.Tests.Training.Export;

/// <summary>The rules that stand for the hosts' loaders, on files that Pipeline did not write and on its own with one thing changed.</summary>
public sealed class HostRulesTests
{
    private byte[] _choosing = [], _measuring = [];

    [OneTimeSetUp]
    public void Export()
    {
        using var choosing = new Trial(new RandomTask(new Box(-1, 1, 3), new MultiDiscrete(2, 3)).Make, MlAgentsExportTests.Brief with { HiddenSizes = [] });
        using var measuring = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, MlAgentsExportTests.Brief with { HiddenSizes = [] });
        _choosing = HostExport.Make(choosing.Export().Model, "native", HostProfile.MlAgents).Model;
        _measuring = HostExport.Make(measuring.Export().Model, "native", HostProfile.MlAgents).Model;
    }

    private static readonly object[] _faults =
    [
        Fault("version_number", "no output 'version_number'", m => Rename(m, "version_number", "version")),
        Fault("5; the host takes 2 and 3", "takes 2 and 3", m => Set(m, "version_number", 5)),
        Fault("of ML-Agents 1.x", "convention of ML-Agents 1.x", m => Set(m, "version_number", 2)),
        Fault("memory_size", "there is no recurrent_in", m => Set(m, "memory_size", 4)),
        Fault("a constant of another type", "should be float32", m => Output(m, "memory_size").Type.TensorType.ElemType = 7),
        Fault("no constant of the file", "is no constant", m => m.Graph.Initializer.Remove(m.Graph.Initializer.First(i => i.Name == "memory_size"))),
        Fault("an unknown input", "'batch_size' float32 [batch, 3] is unknown to the host", m => Rename(m, "obs_0", "batch_size")),
        Fault("a gap", "without a gap", m => Rename(m, "obs_0", "obs_1")),
        Fault("a whole number as input", "is not float32", m => m.Graph.Input[0].Type.TensorType.ElemType = 7),
        Fault("a fixed batch", "fixed batch", m => m.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new ShapeDimension { DimValue = 1 }),
        Fault("one action kind only", "so both must be there", m => m.Graph.Output.Remove(Output(m, "deterministic_discrete_actions"))),
        Fault("the wrong number of branches", "columns", m => Output(m, "deterministic_discrete_actions").Type.TensorType.Shape.Dim[1] = new ShapeDimension { DimValue = 3 }),
        Fault("choices that are no whole numbers", "should be int64", m => Output(m, "discrete_actions").Type.TensorType.ElemType = 1),
        Fault("masks of another width", "one for each option", m => m.Graph.Input[1].Type.TensorType.Shape.Dim[1] = new ShapeDimension { DimValue = 4 }),
        Fault("no masks", "no input action_masks", m => Rename(m, "action_masks", "epsilon")),
        Fault("a new operator set", "7 to 15", m => m.OpsetImport[0].Version = 18),
        Fault("an operator that is not imported", "does not import: Gelu", m => m.Graph.Node[0].OpType = "Gelu"),
        Fault("an operator of another domain", "com.microsoft:LogSoftmax", m => m.Graph.Node.First(n => n.OpType == "LogSoftmax").Domain = "com.microsoft"),
        Fault("a subgraph", "subgraphs", m => m.Graph.Node[0].Attribute.Add(new Pipeline.Training.Engine.Onnx.Messages.Attribute { Name = "body", G = new GraphDefinition(), Type = 5 })),
        Fault("data elsewhere", "in other files", m => m.Graph.Initializer[0].DataLocation = 1),
        Fault("weights that are no numbers", "its branches have 2, 3 options", m => Set(m, "policy/actor.0.bias", float.NaN)),
    ];

    [TestCaseSource(nameof(_faults))]
    public void Ml_agents_refuses_what_its_loader_would(object fault)
    {
        (string _, string said, Action<Model> change) = (ValueTuple<string, string, Action<Model>>)fault;
        Model model = Model.Parser.ParseFrom(_choosing);
        change(model);
        Assert.That(new MlAgentsConvention().Check(HostFile.Read(model.ToByteArray())!), Has.Some.Contains(said));
    }

    [Test]
    public void A_file_as_ml_agents_own_trainers_write_it_can_be_loaded()
    {
        // Constants by way of Identity, as of torch 2; swish; the deterministic choices with a fixed shape that their rows do not have.
        byte[] file = new OnnxSketch { Opset = 9 }
            .Input("obs_0", OnnxSketch.Float32, "batch", 2).Input("action_masks", OnnxSketch.Float32, "batch", 2)
            .Floats("w", [2, 2], 1, 0, 0, 1).Floats("one", [], 1).Floats("big", [], 1e8f).Floats("version_number.1", [1], 3).Floats("memory_size.1", [1], 0).Floats("shape.1", [1, 1], 2)
            .Node("Identity", "version_number.1", "version_number").Node("Identity", "memory_size.1", "memory_size").Node("Identity", "shape.1", "discrete_action_output_shape")
            .Node("MatMul", "obs_0 w", "h").Node("Sigmoid", "h", "s").Node("Mul", "h s", "logits")
            .Node("Mul", "logits action_masks", "kept").Node("Sub", "one action_masks", "off").Node("Mul", "off big", "low").Node("Sub", "kept low", "masked")
            .Node("Softmax", "masked", "p", ("axis", 1)).Node("Log", "p", "log").Node("Multinomial", "log", "discrete_actions", ("dtype", 7), ("sample_size", 1))
            .Node("ArgMax", "p", "deterministic_discrete_actions", ("axis", 1), ("keepdims", 1))
            .Output("version_number", OnnxSketch.Float32, 1).Output("memory_size", OnnxSketch.Float32, 1).Output("discrete_actions", OnnxSketch.Int64, "batch", 1)
            .Output("discrete_action_output_shape", OnnxSketch.Float32, 1, 1).Output("deterministic_discrete_actions", OnnxSketch.Int64, 1, 1)
            .Build();
        Assert.That(Problems(file, HostProfile.MlAgents), Is.Empty);
        Assert.That(Problems(file, HostProfile.Godot), Has.Some.Contains("'state_ins'").And.Some.Contains("'output'"));
        Assert.That(Problems(file, HostProfile.Sb3), Has.Some.Contains("action_masks"));
        Assert.That(Problems(file, HostProfile.Native), Has.Some.Contains("manifest"));
    }

    [Test]
    public void A_file_as_godot_rl_agents_exports_it_can_be_loaded_there()
    {
        OnnxSketch Sketch(object columns, string state = "state_ins") => new OnnxSketch { Opset = 17 }
            .Input("obs", OnnxSketch.Float32, "batch", 3).Input(state, OnnxSketch.Float32, "batch").Floats("w", [3, 2], 1, 2, 3, 4, 5, 6)
            .Node("MatMul", "obs w", "output").Node("Identity", state, "state_outs")
            .Output("output", OnnxSketch.Float32, "batch", columns).Output("state_outs", OnnxSketch.Float32, "batch");
        Assert.That(Problems(Sketch(2).Build(), HostProfile.Godot), Is.Empty);
        Assert.That(Problems(Sketch("open").Build(), HostProfile.Godot), Has.One.Contains("with a number K"));
        Assert.That(Problems(Sketch(2, "state").Build(), HostProfile.Godot), Has.Some.Contains("no input 'state_ins'").And.Some.Contains("[batch, size]"));
        Assert.That(Problems(Sketch(2).Build(), HostProfile.MlAgents), Has.Some.Contains("version_number").And.Some.Contains("obs_0"));
    }

    [Test]
    public void A_file_as_the_sb3_documentation_exports_it_can_be_used_by_its_programs()
    {
        OnnxSketch Sketch(string input, int element = OnnxSketch.Float32, params object[] shape) => new OnnxSketch { Opset = 17 }
            .Input(input, OnnxSketch.Float32, "batch", 3).Floats("w", [3, 2], 1, 2, 3, 4, 5, 6)
            .Node("MatMul", $"{input} w", "12").Output("12", element, shape.Length == 0 ? ["batch", 2] : shape);
        Assert.That(Problems(Sketch("input").Build(), HostProfile.Sb3), Is.Empty);
        Assert.That(Problems(Sketch("observation").Build(), HostProfile.Sb3), Has.One.Contains("programs feed 'input'"));
        Assert.That(Problems(Sketch("input", OnnxSketch.Float32, "batch").Build(), HostProfile.Sb3), Has.One.Contains("should be the action"));
    }

    [Test]
    public void Of_a_file_for_one_host_the_others_say_why_not()
    {
        IReadOnlyList<HostVerdict> verdicts = HostConventions.Judge(_measuring, "mine.onnx");
        Assert.That(verdicts.Select(v => (v.Profile.Name, v.Loads)), Is.EqualTo(new[] { ("native", false), ("ml-agents", true), ("godot", false), ("sb3", false) }));
        Assert.That(verdicts[0].Problems, Has.One.Contains("'ml-agents'"));
    }

    [Test]
    public void What_is_no_model_is_told()
    {
        Assert.That(HostConventions.Judge([1, 2, 3], "x").Select(v => v.Loads), Is.All.False);
        Assert.That(OnnxSummary.Of("step,seconds\n1,2\n"u8.ToArray()), Is.Null);
        Assert.That(OnnxSummary.Of([]), Is.Null);
    }

    private static IReadOnlyList<string> Problems(byte[] file, HostProfile profile) => HostConventions.Judge(file, "file").First(v => v.Profile == profile).Problems;

    private static TestCaseData Fault(string name, string said, Action<Model> change) => new TestCaseData((name, said, change)).SetArgDisplayNames(name);

    private static ValueInfo Output(Model model, string name) => model.Graph.Output.First(o => o.Name == name);

    private static void Set(Model model, string name, float value)
    {
        TensorData data = model.Graph.Initializer.First(i => i.Name == name);
        byte[] raw = data.RawData.ToByteArray();
        BitConverter.GetBytes(value).CopyTo(raw, 0);
        data.RawData = ByteString.CopyFrom(raw);
    }

    private static void Rename(Model model, string name, string other)
    {
        foreach (ValueInfo value in model.Graph.Input.Concat(model.Graph.Output).Where(v => v.Name == name)) value.Name = other;
        foreach (TensorData data in model.Graph.Initializer.Where(i => i.Name == name)) data.Name = other;
        foreach (Node node in model.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++) node.Input[i] = node.Input[i] == name ? other : node.Input[i];
            for (int i = 0; i < node.Output.Count; i++) node.Output[i] = node.Output[i] == name ? other : node.Output[i];
        }
    }
}
