using System;
using System.Threading;

namespace Samples.Controller;

/// <summary>Stands for the rest of the host: keeps a core busy, and its caches, without allocating.</summary>
internal sealed class BusyThread : IDisposable
{
    private readonly float[] _memory = new float[2_000_000];
    private readonly Thread _thread;
    private volatile bool _isOver;

    public BusyThread()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "busy" };
        _thread.Start();
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }

    private void Work()
    {
        while (!_isOver)
        {
            for (int i = 1; i < _memory.Length; i++) _memory[i] = (0.5f * _memory[i]) + (0.25f * _memory[i - 1]) + 1;
        }
    }
}
