using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>Prints and checks graphs.</summary>
public static class GraphText
{
    /// <summary>
    /// The computation of some tensors as text, a line an operator, numbered in order of use, the same for the same computation whatever
    /// else its graph holds.
    /// </summary>
    /// <param name="outputs">Names and tensors.</param>
    public static string Print(IEnumerable<KeyValuePair<string, Tensor>> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        KeyValuePair<string, Tensor>[] named = [.. outputs];
        var text = new StringBuilder();
        var names = new Dictionary<Tensor, string>();
        foreach (Tensor tensor in Graph.Order(named.Select(n => n.Value)))
        {
            if (tensor.Payload is not null)
            {
                names[tensor] = Constant(tensor);
                continue;
            }

            string name = tensor.Name ?? $"%{names.Count(n => n.Key.Payload is null && n.Key.Name is null)}";
            names[tensor] = name;
            string settings = tensor.Attributes.Text.Length == 0 ? string.Empty : $" {{{tensor.Attributes.Text}}}";
            string arguments = string.Join(", ", tensor.Inputs.Select(i => names[i]));
            text.Append(CultureInfo.InvariantCulture, $"{name}: {tensor.ElementType} {tensor.Shape} = {tensor.Operator.Name}({arguments}){settings}\n");
        }

        foreach ((string name, Tensor tensor) in named)
            text.Append(CultureInfo.InvariantCulture, $"-> {name} = {names[tensor]}\n");
        return text.ToString();
    }

    /// <summary>Checks that every tensor still has the type and shape its operator's rule gives it.</summary>
    /// <param name="outputs">The tensors whose computation is checked.</param>
    /// <exception cref="InvalidOperationException">A tensor does not; the message names it.</exception>
    public static void Verify(IEnumerable<Tensor> outputs)
    {
        foreach (Tensor tensor in Graph.Order(outputs))
        {
            if (tensor.Operator == Sources.Input || tensor.Operator == Sources.Constant) continue;
            (ElementType elementType, Shape shape) = tensor.Operator.Infer(tensor.InputArray, tensor.Attributes);
            if (elementType != tensor.ElementType || !shape.Equals(tensor.Shape))
                throw new InvalidOperationException($"{tensor} = {tensor.Operator.Name} is {tensor.ElementType} {tensor.Shape}, but its rule gives {elementType} {shape}.");
            if (tensor.InputArray.Any(i => i.Id >= tensor.Id))
                throw new InvalidOperationException($"{tensor} = {tensor.Operator.Name} stands before one of its inputs.");
        }
    }

    private static string Constant(Tensor tensor)
    {
        if (tensor.UniformValue is float value && tensor.Shape.Rank == 0) return value.ToString("R", CultureInfo.InvariantCulture);
        if (tensor.UniformValue is float fill) return $"{fill.ToString("R", CultureInfo.InvariantCulture)}{tensor.Shape}";
        if (tensor.Payload is float[] { Length: <= 8 } few)
            return $"[{string.Join(", ", few.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}]{tensor.Shape}";
        return $"const{tensor.ElementType}{tensor.Shape}";
    }
}
