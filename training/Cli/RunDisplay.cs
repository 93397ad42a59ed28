using System;
using System.Collections.Concurrent;
using System.Threading;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>
/// Shows a run as it goes, from a thread of its own that reads the monitor a few times a second: the training thread never waits for it.
/// </summary>
internal abstract class RunDisplay : IDisposable
{
    private readonly RunMonitor _monitor;
    private readonly ManualResetEventSlim _done = new();
    private readonly ConcurrentQueue<string> _messages = new();
    private Thread? _thread;

    protected RunDisplay(RunMonitor monitor) => _monitor = monitor;

    protected string Title { get; private set; } = "";

    protected string Folder { get; private set; } = "";

    public static RunDisplay Make(CliContext context, RunMonitor monitor) =>
        context.Interactive ? new LiveDisplay(monitor) : new PlainDisplay(monitor, context.Out);

    /// <summary>Shows a message for the person watching, from any thread.</summary>
    public void Log(string message) => _messages.Enqueue(message);

    public void Start(string title, string folder)
    {
        Title = title;
        Folder = folder;
        _thread = new Thread(Show) { IsBackground = true, Name = "display" };
        _thread.Start();
    }

    /// <summary>Shows the last state and ends.</summary>
    public void Finish()
    {
        _done.Set();
        _thread?.Join();
        _thread = null;
        while (_messages.TryDequeue(out string? message))
            Write(message);
    }

    public void Dispose()
    {
        Finish();
        _done.Dispose();
    }

    /// <summary>Shows the run until <see cref="Wait"/> says that it is over.</summary>
    protected abstract void Show();

    /// <summary>Shows one message.</summary>
    protected abstract void Write(string message);

    protected RunSnapshot Read()
    {
        while (_messages.TryDequeue(out string? message))
            Write(message);
        return _monitor.Read();
    }

    /// <summary>Waits for the next time to draw; false when the run is over.</summary>
    protected bool Wait(TimeSpan time) => !_done.Wait(time);
}
