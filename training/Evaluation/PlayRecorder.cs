using System;
using System.Collections.Generic;
using System.Threading;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Evaluation;

/// <summary>Records a play as an animation.</summary>
public static class PlayRecorder
{
    private const double SecondsAtTheEnd = 1;

    /// <summary>Plays episodes and keeps what there is to see. What an episode ends with stays for a second.</summary>
    /// <param name="play">The play, not yet begun.</param>
    /// <param name="episodes">How many episodes, at least 1.</param>
    /// <param name="mostSteps">After how many steps in all the recording ends where an episode does not end before.</param>
    /// <param name="pace">How fast it is shown.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="stop">Asks to stop; the recording is then given up.</param>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static Animation Record(PolicyPlay play, int episodes, long mostSteps, PlayPace pace, string title, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(play);
        ArgumentOutOfRangeException.ThrowIfLessThan(episodes, 1);
        var frames = new List<Frame>();
        int hold = (int)Math.Max(Math.Round(SecondsAtTheEnd * pace.FramesPerSecond), 1);
        long steps = 0;
        while (!(play.IsOver && play.Episode == episodes) && steps < mostSteps)
        {
            stop.ThrowIfCancellationRequested();
            play.Advance();
            if (play.Step > 0) steps++;
            if (pace.Draws(play)) frames.Add(new Frame(play.Draw(), play.Status(episodes), play.IsOver ? hold : 1));
        }

        return new Animation(title, pace.FramesPerSecond, frames);
    }
}
