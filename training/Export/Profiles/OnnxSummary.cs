using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Training.Export.Profiles;

/// <summary>What any ONNX file says of itself.</summary>
/// <param name="Producer">The program that wrote it; empty where it does not say.</param>
/// <param name="Opset">The operator set of the ONNX standard.</param>
/// <param name="IrVersion">The version of the file format.</param>
/// <param name="Inputs">The inputs that are no constants: name, element type and shape, as text.</param>
/// <param name="Outputs">The outputs, likewise.</param>
/// <param name="Manifest">What a file of Pipeline's holds about its policy, as text; null for another program's.</param>
public sealed record OnnxSummary(string Producer, long Opset, long IrVersion, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, string? Manifest)
{
    /// <summary>Reads a file.</summary>
    /// <param name="model">Its bytes.</param>
    /// <returns>Null where it is no ONNX model.</returns>
    public static OnnxSummary? Of(byte[] model) => HostFile.Read(model) is not HostFile file
        ? null
        : new OnnxSummary(file.Producer, file.Opset, file.IrVersion, [.. file.Inputs.Select(Text)], [.. file.Outputs.Select(Text)], file.Metadata(PolicyManifest.MetadataKey));

    private static string Text(HostValue value) => $"{value.Name} {value.ShapeText} {value.TypeName}";
}
