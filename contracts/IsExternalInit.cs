#if NETSTANDARD2_1
namespace System.Runtime.CompilerServices;

/// <summary>What the compiler asks of a framework before it allows init accessors; netstandard2.1 lacks it.</summary>
internal static class IsExternalInit
{
}
#endif
