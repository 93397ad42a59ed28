using System;
using System.Threading;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Training.Loop;

/// <summary>
/// Runs a piece of work on several threads and waits for all of them. The threads are kept, the caller's is one of them: one that is made anew starts on
/// whatever core the operating system likes, for milliseconds perhaps on one that is taken.
/// </summary>
/// <param name="count">How many threads.</param>
internal sealed class WorkerThreads(int count) : IDisposable
{
    private readonly WorkTeam _team = new();

    /// <summary>
    /// Runs the work for each number. Where one of them fails, the others are asked to stop, and the first failure is thrown to the caller once all have ended.
    /// </summary>
    /// <param name="work">The work: which of them it is, from 0, and a token that asks it to stop.</param>
    public void Run(Action<int, CancellationToken> work)
    {
        using var stop = new CancellationTokenSource();
        _team.Run(count, count, new Pieces(work, stop));
    }

    /// <summary>Lets the threads end.</summary>
    public void Dispose() => _team.Dispose();

    private sealed class Pieces(Action<int, CancellationToken> work, CancellationTokenSource stop) : IPieces
    {
        public void Do(int piece)
        {
            try
            {
                work(piece, stop.Token);
            }
            catch
            {
                stop.Cancel();
                throw;
            }
        }
    }
}
