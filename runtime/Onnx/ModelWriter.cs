using System;

namespace Pipeline.Runtime.Onnx;

/// <summary>
/// Writes a graph as an ONNX model, from what was read and checked alone: what a file holds besides never gets to ONNX Runtime, nor does
/// a second reading of the same bytes.
/// </summary>
internal static class ModelWriter
{
    // The lowest that holds the opsets of policies.
    private const int IrVersion = 8;

    internal static byte[] Write(PrunedGraph graph)
    {
        var opset = new WireWriter();
        opset.Integer(2, graph.Model.Opset);
        var model = new WireWriter(graph.Model.File.Length);
        model.Integer(1, IrVersion);
        model.Message(7, Graph(graph));
        model.Message(8, opset);
        return model.ToArray();
    }

    private static WireWriter Graph(PrunedGraph graph)
    {
        var message = new WireWriter(graph.Model.File.Length);
        foreach (OnnxNode node in graph.Nodes) message.Message(1, Node(node));
        message.Text(2, "policy");
        foreach (OnnxTensor tensor in graph.Initializers) message.Message(5, Tensor(graph.Model, tensor));
        foreach (OnnxValue value in graph.Inputs) message.Message(11, Value(value));
        foreach (OnnxValue value in graph.Outputs) message.Message(12, Value(value));
        return message;
    }

    private static WireWriter Node(OnnxNode node)
    {
        var message = new WireWriter();
        foreach (string input in node.Inputs) message.Text(1, input);
        foreach (string output in node.Outputs) message.Text(2, output);
        message.Text(4, node.Operator);
        foreach (OnnxAttribute attribute in node.Attributes) message.Message(5, Attribute(attribute));
        return message;
    }

    private static WireWriter Attribute(OnnxAttribute attribute)
    {
        var message = new WireWriter();
        message.Text(1, attribute.Name);
        switch (attribute.Kind)
        {
            case AttributeKind.Real:
                message.RealBits(2, attribute.RealBits);
                break;
            case AttributeKind.Integer:
                message.Integer(3, attribute.Integer);
                break;
            default:
                foreach (long number in attribute.Integers) message.Integer(8, number);
                break;
        }

        message.Integer(20, (long)attribute.Kind);
        return message;
    }

    private static WireWriter Tensor(OnnxModel model, OnnxTensor tensor)
    {
        var message = new WireWriter(tensor.DataLength + 64);
        foreach (long length in tensor.Shape) message.Integer(1, length);
        message.Integer(2, tensor.Element);
        message.Text(8, tensor.Name);
        message.Bytes(9, model.File.AsSpan(tensor.DataStart, tensor.DataLength));
        return message;
    }

    private static WireWriter Value(OnnxValue value)
    {
        var shape = new WireWriter();
        foreach (int length in value.Shape!)
        {
            var axis = new WireWriter();
            if (length < 0) axis.Text(2, "batch");
            else axis.Integer(1, length);
            shape.Message(1, axis);
        }

        var tensor = new WireWriter();
        tensor.Integer(1, value.Element);
        tensor.Message(2, shape);
        var type = new WireWriter();
        type.Message(1, tensor);
        var message = new WireWriter();
        message.Text(1, value.Name);
        message.Message(2, type);
        return message;
    }
}
