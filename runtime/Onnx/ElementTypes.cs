using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Onnx;

/// <summary>The element types of a policy's tensors, by their ONNX codes.</summary>
internal static class ElementTypes
{
    internal const int Float32 = 1;
    internal const int Int64 = 7;
    internal const int Bool = 9;

    internal static int Code(TensorElement element) => element switch
    {
        TensorElement.Float32 => Float32,
        TensorElement.Int64 => Int64,
        _ => Bool,
    };

    /// <summary>Bytes of an element, 0 for a type that policies do not have.</summary>
    internal static int Size(long element) => element switch
    {
        Float32 => sizeof(float),
        Int64 => sizeof(long),
        Bool => 1,
        _ => 0,
    };

    internal static string Name(int element) => element switch
    {
        Float32 => "float32",
        Int64 => "int64",
        Bool => "bool",
        _ => $"element type {element}",
    };
}
