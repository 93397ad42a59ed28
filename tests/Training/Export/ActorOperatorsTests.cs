using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime.Onnx;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx;
using Pipeline.Training.Engine.Onnx.Messages;

namespace Pipeline.Tests.Training.Export;

/// <summary>What the engine writes and what the runtime takes are the same operators, but for those stated here.</summary>
public sealed class ActorOperatorsTests
{
    /// <summary>Written for gradients, losses and the median of distances alone; no actor has one.</summary>
    private static readonly string[] _trainingAlone = ["ConvTranspose", "GatherElements", "ScatterElements", "ScatterND", "TopK"];

    [Test]
    public void Every_operator_that_the_engine_writes_is_known_to_the_runtime_or_belongs_to_training_alone()
    {
        OperatorCase[] cases = [.. ElementwiseCases.All, .. ReductionCases.All, .. ShapingCases.All, .. ImageCases.All, .. CompositeCases.All];
        string[] written = [.. cases.SelectMany(Written).Distinct().Order()];
        Assert.That(written, Has.Length.GreaterThan(40));
        Assert.That(written.Where(name => !OperatorRules.Knows(name)), Is.EquivalentTo(_trainingAlone));
    }

    private static string[] Written(OperatorCase row)
    {
        var graph = new Graph();
        Tensor[] inputs = [.. row.Inputs.Select((input, i) => graph.Input($"i{i}", input.Declared, input.ElementType))];
        byte[] model = OnnxWriter.Write(new ModelDefinition("case", inputs, [new("y", row.Build(inputs))]));
        return [.. Model.Parser.ParseFrom(model).Graph.Node.Select(node => node.OpType)];
    }
}
