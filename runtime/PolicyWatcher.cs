using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Pipeline.Runtime.Execution;

namespace Pipeline.Runtime;

/// <summary>
/// Reloads a policy whenever its file changes: replaced by a rename, written in place, or gone and back. A file is read once it has
/// settled, and taken when its content differs from what the policy runs; a refused one leaves the policy as it is, and is tried again when it
/// changes. While the file is missing the policy stays as it is.
/// <para>A thread of its own, in the background, looks, loads and calls back. Nothing is thrown there: what a callback throws is kept in
/// <see cref="LastFault"/>. A disposed policy ends the watch.</para>
/// </summary>
public sealed class PolicyWatcher : IDisposable
{
    // A file's time may be as coarse as two seconds, so after a change its content is compared for a while.
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(3);
    // Another program may hold a new file for a moment.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Policy _policy;
    private readonly string _path;
    private readonly PolicyWatcherOptions _options;
    private readonly object _wake = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly FileSystemWatcher? _changes;
    private Stamp _seen;
    private TimeSpan _seenAt;
    private bool _isLookedAt;
    private ulong _lastDigest;
    private bool _isRefused;
    private bool _isWoken = true;
    private Exception? _lastFault;
    private int _disposed;

    /// <summary>Starts to watch. A file that is newer than what the policy runs is loaded soon after.</summary>
    /// <param name="policy">The policy to reload; not disposed with the watcher.</param>
    /// <param name="path">The .onnx file, which need not be there yet.</param>
    /// <param name="options">How often to look and whom to tell; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options are out of range, or the path is no path.</exception>
    public PolicyWatcher(Policy policy, string path, PolicyWatcherOptions? options = null)
    {
        _policy = policy ?? throw new ArgumentNullException(nameof(policy));
        if (path is null) throw new ArgumentNullException(nameof(path));
        _options = options ?? new PolicyWatcherOptions();
        if (_options.Validate() is { Count: > 0 } problems) throw new ArgumentException(string.Join(" ", problems), nameof(options));
        _path = Path.GetFullPath(path);
        _changes = Listen();
        new Thread(Watch) { IsBackground = true, Name = "policy watcher" }.Start();
    }

    /// <summary>The last refusal, or the last exception of a callback; null while there was none. A reload does not clear it.</summary>
    public Exception? LastFault => Volatile.Read(ref _lastFault);

    /// <summary>Ends the watch. A reload under way still ends, and calls back, on the watcher's thread; it is not waited for.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _changes?.Dispose();
        Wake();
    }

    /// <summary>The system's word of changes, or null where it gives none: on some network drives, and past its limits.</summary>
    private FileSystemWatcher? Listen()
    {
        FileSystemWatcher? changes = null;
        try
        {
            changes = new FileSystemWatcher(Path.GetDirectoryName(_path)!, Path.GetFileName(_path));
            changes.Changed += Wake;
            changes.Created += Wake;
            changes.Renamed += Wake;
            changes.EnableRaisingEvents = true;
            return changes;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or PlatformNotSupportedException or UnauthorizedAccessException)
        {
            changes?.Dispose();
            return null;
        }
    }

    private void Wake(object sender, FileSystemEventArgs change) => Wake();

    private void Wake()
    {
        lock (_wake)
        {
            _isWoken = true;
            Monitor.Pulse(_wake);
        }
    }

    private void Sleep(TimeSpan wait)
    {
        lock (_wake)
        {
            if (!_isWoken) Monitor.Wait(_wake, wait);
            _isWoken = false;
        }
    }

    private void Watch()
    {
        TimeSpan wait = TimeSpan.Zero;
        while (true)
        {
            Sleep(wait);
            if (Volatile.Read(ref _disposed) != 0 || _policy.IsDisposed) return;
            wait = Look();
        }
    }

    /// <summary>Looks at the file once.</summary>
    /// <returns>How long to wait before the next look, unless woken.</returns>
    private TimeSpan Look()
    {
        Stamp stamp = Stamp.Of(_path);
        TimeSpan now = _clock.Elapsed;
        if (!stamp.Equals(_seen))
        {
            _seen = stamp;
            _seenAt = now;
            _isLookedAt = false;
            if (_isRefused) _lastDigest = 0;
        }

        TimeSpan age = now - _seenAt;
        if (!stamp.IsThere || (_isLookedAt && age > Doubt && !stamp.IsLink)) return _options.Interval;
        if (age < _options.Settle) return Shorter(_options.Settle - age);
        byte[]? content = Read(age);
        if (content is null || !Stamp.Of(_path).Equals(stamp)) return Shorter(_options.Interval);
        _isLookedAt = true;
        ulong digest = FileDigest.Of(content);
        if (digest == _lastDigest) return _options.Interval;
        _lastDigest = digest;
        _isRefused = false;
        if (digest != _policy.Digest) Take(content);
        return _options.Interval;
    }

    /// <summary>Waits are at least a millisecond, so that rounding down makes no busy loop.</summary>
    private TimeSpan Shorter(TimeSpan wait) =>
        TimeSpan.FromMilliseconds(Math.Max(1, Math.Min(wait.TotalMilliseconds, _options.Interval.TotalMilliseconds)));

    /// <summary>The file's content, or null where it cannot be read at the moment; told when that lasts.</summary>
    private byte[]? Read(TimeSpan age)
    {
        try
        {
            return PolicyLoader.ReadFile(_path, _policy.Options, CancellationToken.None);
        }
        catch (PolicyLoadException fault)
        {
            // A system's refusal may pass; a file that is too large stays so.
            if (_isLookedAt || (fault.InnerException is not null && age < Patience)) return null;
            _isLookedAt = true;
            Refuse(fault);
            return null;
        }
    }

    private void Take(byte[] content)
    {
        try
        {
            _policy.Reload(content, _path);
        }
        catch (ObjectDisposedException)
        {
            return;
        }
#pragma warning disable CA1031 // Whatever it is, the host is told; the policy in use stays.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _isRefused = true;
            Refuse(fault);
            return;
        }

        Call(() => _options.Reloaded?.Invoke(_policy.Manifest));
    }

    private void Refuse(Exception fault)
    {
        Volatile.Write(ref _lastFault, fault);
        Call(() => _options.Refused?.Invoke(fault));
    }

    private void Call(Action callback)
    {
        try
        {
            callback();
        }
#pragma warning disable CA1031 // A host's callback must not end the watch, nor the process.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _lastFault, fault);
        }
    }

    /// <summary>What tells at a glance that a file may have changed; of a link it tells nothing about the file behind it.</summary>
    private readonly record struct Stamp(bool IsThere, bool IsLink, long Length, long Ticks)
    {
        internal static Stamp Of(string path)
        {
            try
            {
                var file = new FileInfo(path);
                bool isLink = file.Exists && (file.Attributes & FileAttributes.ReparsePoint) != 0;
                return file.Exists ? new Stamp(true, isLink, file.Length, file.LastWriteTimeUtc.Ticks) : default;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return default;
            }
        }
    }
}
