using System.Collections.Generic;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments;

/// <summary>
/// An environment that can be watched. One that does not say so is shown by its observation, as bars. An <see cref="IEnvironment"/> implements this
/// interface besides; its drawing changes nothing of it.
/// </summary>
public interface IDrawable
{
    /// <summary>How many steps a second look natural: those of the real time of a simulation, a few for a board. Above 0.</summary>
    double StepsPerSecond => 10;

    /// <summary>What the choices of a Discrete action are called, in their order; empty to show their numbers.</summary>
    IReadOnlyList<string> ActionNames => [];

    /// <summary>Draws the present state.</summary>
    /// <param name="scene">Receives the shapes; it is empty.</param>
    void Draw(Scene scene);
}
