using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Rendering;

namespace Pipeline.Tests.Training.Rendering;

/// <summary>A user's environment that draws itself, as the environments' page shows.</summary>
internal sealed class DrawnCorridor : IEnvironment, IDrawable
{
    private int _cell;

    public Space ObservationSpace { get; } = new Box(0, 10, 1);

    public Space ActionSpace { get; } = new Discrete(2);

    public IReadOnlyList<string> ActionNames => ["left", "right"];

    public void Reset(RandomGenerator random, Span<float> observation) => observation[0] = _cell = 0;

    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = _cell = Math.Max(_cell + (action[0] == 1 ? 1 : -1), 0);
        return new StepResult(0, Terminated: _cell == 10);
    }

    #region page
    public void Draw(Scene scene)
    {
        scene.View(0, -1, 11, 2);                              // what is shown: left, bottom, right, top; y goes up
        scene.Rectangle(Ink.Surface, 0, 0, 11, 1);
        scene.Label(Ink.Goal, (10.5, 0.3), "EXIT", 0.3);
        scene.Disc(Ink.Agent, (_cell + 0.5, 0.5), 0.4);
    }
    #endregion
}
