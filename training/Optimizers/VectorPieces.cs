using System;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Training.Optimizers;

/// <summary>How passes over long vectors are cut into pieces for several threads. It does not depend on their number.</summary>
internal static class VectorPieces
{
    // What a pass reads and writes of a piece stays in a core's cache from one loop to the next. A whole number of registers.
    private const int Length = 16_384;

    /// <summary>Number of pieces.</summary>
    /// <param name="length">The vector's length.</param>
    public static int Count(int length) => (length + Length - 1) / Length;

    /// <summary>Does every piece of a vector on as many threads as the device has.</summary>
    /// <param name="threads">The device's threads.</param>
    /// <param name="length">The vector's length.</param>
    /// <param name="work">What is done with a piece.</param>
    public static void Run(int threads, int length, IPieces work) => WorkTeam.Shared.Run(threads, Count(length), work);

    /// <summary>Where a piece is.</summary>
    /// <param name="piece">Which, from 0.</param>
    /// <param name="length">The vector's length.</param>
    public static (int Start, int Length) Of(int piece, int length) => (piece * Length, Math.Min(Length, length - (piece * Length)));
}
