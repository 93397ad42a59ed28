using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Pipeline.Cli;

/// <summary>Turns Ctrl-C and SIGTERM into a request to stop; the second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _onFirst;
    private int _count;

    public StopSignals(Action onFirst)
    {
        _onFirst = onFirst;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        if (Interlocked.Increment(ref _count) > 1)
        {
            if (!Console.IsOutputRedirected) Console.Write("\u001b[?25h");
            Environment.Exit(ExitCodes.Aborted);
        }

        signal.Cancel = true;
        _source.Cancel();
        _onFirst();
    }
}
