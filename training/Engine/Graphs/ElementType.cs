namespace Pipeline.Training.Engine.Graphs;

/// <summary>What the elements of a tensor are; the values are ONNX's own numbers for the types.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point.</summary>
    Float32 = 1,

    /// <summary>64-bit whole number.</summary>
    Int64 = 7,

    /// <summary>True or false, one byte.</summary>
    Boolean = 9,
}
