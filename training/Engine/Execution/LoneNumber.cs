using System.Runtime.InteropServices;

namespace Pipeline.Training.Engine.Execution;

/// <summary>A number that another thread looks at all the time: alone in its cache line, since otherwise every write beside it waits for the line to come back.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct LoneNumber
{
    /// <summary>The number.</summary>
    [FieldOffset(64)]
    public int Value;
}
