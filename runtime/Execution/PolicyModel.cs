using System;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Execution;

/// <summary>One loaded file, ready to run: what a <see cref="Policy"/> runs until another takes its place.</summary>
internal sealed class PolicyModel : IDisposable
{
    private const int Disposed = 1;
    private const int Retired = 2;

    private readonly GraphRunner _act;
    private readonly GraphRunner? _sample;
    private int _calls;
    private int _ended;
    private int _released;

    internal PolicyModel(PolicyManifest manifest, DeviceChoice device, GraphRunner act, GraphRunner? sample, int stateSize, ulong digest)
    {
        Manifest = manifest;
        Device = device;
        StateSize = stateSize;
        Digest = digest;
        _act = act;
        _sample = sample;
    }

    internal PolicyManifest Manifest { get; }

    internal DeviceChoice Device { get; }

    internal int StateSize { get; }

    internal bool CanSample => _sample is not null;

    /// <summary>Of the file's bytes, see <see cref="FileDigest"/>.</summary>
    internal ulong Digest { get; }

    /// <summary>1 for a policy's first, one more for each that took its place.</summary>
    internal long Version { get; set; } = 1;

    /// <summary>Counts a call in.</summary>
    /// <returns>False where the model has ended; the call is not counted then.</returns>
    internal bool TryEnter()
    {
        Interlocked.Increment(ref _calls);
        if (Volatile.Read(ref _ended) == 0) return true;
        Exit();
        return false;
    }

    /// <summary>Counts a call out.</summary>
    internal void Exit()
    {
        if (Interlocked.Decrement(ref _calls) == 0 && Volatile.Read(ref _ended) == Disposed) ReleaseIfIdle();
    }

    /// <summary>Runs a checked batch, within a call that was counted in.</summary>
    internal void Run(in PolicyBatch batch) => (batch.IsSampled ? _sample! : _act).Run(batch);

    /// <summary>Makes what a number of callers with so many rows need, and runs zeros.</summary>
    internal void WarmUp(int count, int callers)
    {
        _act.PrepareCallers(count, callers);
        _sample?.PrepareCallers(count, callers);
        float[] observations = new float[checked(count * Manifest.ObservationSpace.Size)];
        float[] actions = new float[checked(count * Manifest.ActionSpace.Size)];
        float[] states = new float[checked(count * StateSize)];
        float[] rewards = new float[count];
        Run(new PolicyBatch { Count = count, Observations = observations, Actions = actions, States = states, Rewards = rewards });
        if (!CanSample) return;
        Array.Clear(states, 0, states.Length);
        Run(new PolicyBatch { Count = count, Observations = observations, Actions = actions, States = states, Rewards = rewards, Random = new RandomGenerator(0) });
    }

    /// <summary>Makes what several callers need for calls of up to a number of rows, whatever their sizes.</summary>
    internal void Prepare(int rows, int callers)
    {
        _act.Prepare(rows, callers);
        _sample?.Prepare(rows, callers);
    }

    /// <summary>Makes what the calls to another model have come to need, so that taking its place costs them nothing.</summary>
    internal void PrepareLike(PolicyModel other)
    {
        _act.PrepareLike(other._act);
        if (other._sample is not null) _sample?.PrepareLike(other._sample);
    }

    /// <summary>Ends the model. Calls under way finish as usual; what they use is released after the last of them, by its thread.</summary>
    public void Dispose()
    {
        Interlocked.CompareExchange(ref _ended, Disposed, 0);
        ReleaseIfIdle();
    }

    /// <summary>Ends the model, waits for the calls under way and releases it here: no caller's thread spends its time on that.</summary>
    internal void Retire()
    {
        Interlocked.CompareExchange(ref _ended, Retired, 0);
        var wait = default(SpinWait);
        while (Volatile.Read(ref _calls) != 0) wait.SpinOnce();
        Release();
    }

    private void ReleaseIfIdle()
    {
        // Read after _ended was seen or set: from then on no call gets past TryEnter, so 0 is final.
        if (Volatile.Read(ref _calls) == 0) Release();
    }

    private void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) == 1) return;
        _act.Dispose();
        _sample?.Dispose();
    }
}
