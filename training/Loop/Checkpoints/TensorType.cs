namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>The types of the safetensors format that our checkpoints use.</summary>
internal static class TensorType
{
    public const string F32 = "F32";
    public const string F64 = "F64";
    public const string U64 = "U64";
    public const string U8 = "U8";

    /// <summary>Bytes of one value; 0 for a type that we do not read.</summary>
    public static int ByteCount(string? type) => type switch
    {
        U8 => 1,
        F32 => 4,
        F64 or U64 => 8,
        _ => 0,
    };
}
