using System;
using System.Threading;
using Pipeline.Training.Evaluation;
using Spectre.Console;

namespace Pipeline.Cli;

/// <summary>Shows a play in a terminal as it goes, each frame over the one before.</summary>
internal sealed class TerminalPlayer
{
    private const double SecondsAtTheEnd = 1;
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private (int Width, int Height) _size;
    private int _drawnRows;

    public TerminalPlayer(IAnsiConsole console, TimeProvider time)
    {
        _console = console;
        _time = time;
    }

    /// <summary>Plays until the episodes are over, the steps are used up or a stop is asked for. The cursor is there again afterwards, below the last frame.</summary>
    /// <param name="play">The play, not yet begun.</param>
    /// <param name="episodes">How many episodes.</param>
    /// <param name="mostSteps">After how many steps in all it ends.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="stop">Asks to stop.</param>
    public void Show(PolicyPlay play, int episodes, long mostSteps, PlayPace pace, CancellationToken stop)
    {
        _console.Cursor.Hide();
        try
        {
            double due = 0;
            long start = _time.GetTimestamp(), steps = 0;
            while (!(play.IsOver && play.Episode == episodes) && steps < mostSteps)
            {
                play.Advance();
                if (play.Step > 0) steps++;
                double late = _time.GetElapsedTime(start).TotalSeconds - due;

                // A terminal that cannot keep up is shown fewer frames, not a slower play.
                if (pace.Draws(play) && (late < 2 / pace.FramesPerSecond || play.IsOver || play.Step == 0)) Draw(play, episodes);

                // The first frame takes longest, and the play does not hurry after it.
                if (steps == 0) start = _time.GetTimestamp();
                due += play.IsOver && play.Episode < episodes ? SecondsAtTheEnd : 1 / pace.StepsPerSecond;
                double wait = due - _time.GetElapsedTime(start).TotalSeconds;
                if (wait > 0 ? stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(wait)) : stop.IsCancellationRequested) break;
            }
        }
        finally
        {
            _console.Cursor.Show();
        }
    }

    private void Draw(PolicyPlay play, int episodes)
    {
        (int Width, int Height) size = (_console.Profile.Width, _console.Profile.Height);
        if (_drawnRows > 0 && size != _size) _console.Clear(home: true);
        else if (_drawnRows > 0) _console.Cursor.MoveUp(_drawnRows);
        _size = size;
        var picture = new TerminalPicture(play.Draw(), play.Status(episodes), size.Height - 1);
        _drawnRows = picture.RowsIn(size.Width);
        _console.Write(picture);
    }
}
