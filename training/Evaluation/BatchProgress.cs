using System.Threading;

namespace Pipeline.Training.Evaluation;

/// <summary>How far an evaluation is; written by its threads, read by whoever watches.</summary>
public sealed class BatchProgress
{
    private long _episodes;
    private long _steps;

    /// <summary>Episodes played so far.</summary>
    public long Episodes => Interlocked.Read(ref _episodes);

    /// <summary>Environment steps taken so far.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    /// <summary>All episodes there are to play; 0 before that is known.</summary>
    public long TotalEpisodes { get; internal set; }

    internal void Add(int episodes, long steps)
    {
        Interlocked.Add(ref _episodes, episodes);
        Interlocked.Add(ref _steps, steps);
    }
}
