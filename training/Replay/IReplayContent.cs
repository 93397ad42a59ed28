using System.Collections.Generic;
using System.Globalization;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Replay;

/// <summary>Kept experience as a file sees it.</summary>
internal interface IReplayContent
{
    /// <summary>The environments' observations.</summary>
    Space ObservationSpace { get; }

    /// <summary>Their actions.</summary>
    Space ActionSpace { get; }

    /// <summary>What is kept.</summary>
    FrameStore Frames { get; }

    /// <summary>Priorities of the frames; null where there are none.</summary>
    Priorities? Priorities => null;

    /// <summary>The recurrent states of frames that are marked as remembered; null where none are kept.</summary>
    FrameStates? States => null;

    /// <summary>Steps among the frames.</summary>
    long Count { get; }

    /// <summary>The settings that the form of the content depends on, by option.</summary>
    IReadOnlyDictionary<string, string> FileLayout { get; }

    /// <summary>Takes the number of steps back, after the frames.</summary>
    void Restore(long count);

    /// <summary>A number as a file has it.</summary>
    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
