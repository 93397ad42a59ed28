using System;

namespace Pipeline.Training.Evaluation;

/// <summary>How fast a play is shown: steps a second, and which of them are drawn so that frames do not come faster than wanted.</summary>
public readonly record struct PlayPace
{
    /// <summary>Works out the pace.</summary>
    /// <param name="stepsPerSecond">Steps a second, above 0.</param>
    /// <param name="mostFramesPerSecond">The most frames a second, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not above 0.</exception>
    public PlayPace(double stepsPerSecond, double mostFramesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepsPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostFramesPerSecond);
        StepsPerSecond = stepsPerSecond;
        Stride = (int)Math.Clamp(Math.Ceiling((stepsPerSecond / mostFramesPerSecond) - 1e-9), 1, int.MaxValue);
    }

    /// <summary>Steps a second.</summary>
    public double StepsPerSecond { get; }

    /// <summary>Every how many steps a frame is drawn.</summary>
    public int Stride { get; }

    /// <summary>Frames a second.</summary>
    public double FramesPerSecond => StepsPerSecond / Stride;

    /// <summary>Whether a moment is drawn: every so many steps, and what an episode ends with.</summary>
    /// <param name="play">The play at that moment.</param>
    public bool Draws(PolicyPlay play)
    {
        ArgumentNullException.ThrowIfNull(play);
        return play.Step % Stride == 0 || play.IsOver;
    }
}
