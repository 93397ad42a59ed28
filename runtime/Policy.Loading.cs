using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime.Execution;

namespace Pipeline.Runtime;

/// <content>Loading, and putting another file in the place of the running one.</content>
public sealed partial class Policy
{
    private readonly object _reloading = new();

    /// <summary>Of the bytes of the file in use.</summary>
    internal ulong Digest => Current.Digest;

    internal PolicyOptions Options => _options;

    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Loads a policy from a file, whole and checked, with a first run behind it.</summary>
    /// <param name="path">The .onnx file. It is read once and not kept open.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <exception cref="PolicyLoadException">
    /// The file cannot be read, is too large, is no policy, refers to data in other files, disagrees with its manifest, or the device
    /// cannot be had. The message names file, field, value found, what is allowed and what to do.
    /// </exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static Policy Load(string path, PolicyOptions? options = null) =>
        Create(options, chosen => PolicyLoader.Load(path, chosen, CancellationToken.None));

    /// <summary>Loads a policy from bytes, as <see cref="Load(string, PolicyOptions?)"/> does.</summary>
    /// <param name="model">The bytes of an .onnx file; not kept.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <exception cref="PolicyLoadException">As for a file.</exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static Policy Load(byte[] model, string name, PolicyOptions? options = null) =>
        Create(options, chosen => PolicyLoader.Load(model, name, chosen, CancellationToken.None));

    /// <summary>Loads a policy from a stream, as <see cref="Load(string, PolicyOptions?)"/> does: an archive's entry, an asset, a download.</summary>
    /// <param name="model">Read from where it stands to its end; it need not know its length, and is not closed.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <exception cref="PolicyLoadException">As for a file.</exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static Policy Load(Stream model, string name, PolicyOptions? options = null) =>
        Create(options, chosen => PolicyLoader.Load(model, name, chosen, CancellationToken.None));

    /// <summary>Loads a policy from a file as <see cref="Load(string, PolicyOptions?)"/> does, on another thread.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up between two steps, and releases what was made until then.</param>
    /// <returns>The policy, once it is ready; its faults are those of <see cref="Load(string, PolicyOptions?)"/> and <see cref="OperationCanceledException"/>.</returns>
    public static Task<Policy> LoadAsync(string path, PolicyOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Create(options, chosen => PolicyLoader.Load(path, chosen, cancellationToken)), cancellationToken);

    /// <summary>Loads a policy from bytes as <see cref="Load(byte[], string, PolicyOptions?)"/> does, on another thread.</summary>
    /// <param name="model">The bytes of an .onnx file; not to be changed until the task ends.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up between two steps, and releases what was made until then.</param>
    /// <returns>The policy, once it is ready.</returns>
    public static Task<Policy> LoadAsync(byte[] model, string name, PolicyOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Create(options, chosen => PolicyLoader.Load(model, name, chosen, cancellationToken)), cancellationToken);

    /// <summary>Loads a policy from a stream as <see cref="Load(Stream, string, PolicyOptions?)"/> does, on another thread.</summary>
    /// <param name="model">Read to its end and not closed; the caller leaves it alone until the task ends.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up between two steps, and releases what was made until then.</param>
    /// <returns>The policy, once it is ready.</returns>
    public static Task<Policy> LoadAsync(Stream model, string name, PolicyOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Create(options, chosen => PolicyLoader.Load(model, name, chosen, cancellationToken)), cancellationToken);

    /// <summary>
    /// Puts another file in the place of the running one, between calls: it is loaded aside with the same options, checked, warmed up for
    /// the sizes and the number of callers seen so far, and then taken by the next calls. No call fails, waits or sees half of each; calls
    /// under way finish with the old file, which is released, here, after the last of them.
    /// <para>Both files must have the same spaces, and agree on masks, rewards, the shapes of recurrent state and on being able to draw,
    /// for the callers' spans stay as they are. Algorithm, network, normaliser and environment name may differ.</para>
    /// </summary>
    /// <param name="path">The .onnx file.</param>
    /// <exception cref="PolicyLoadException">As for <see cref="Load(string, PolicyOptions?)"/>, or the file does not fit the running one, which stays in use.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Reload(string path) => Replace(path, () => PolicyLoader.Load(path, _options, CancellationToken.None));

    /// <summary>Puts another file, given as bytes, in the place of the running one, as <see cref="Reload(string)"/> does.</summary>
    /// <param name="model">The bytes of an .onnx file; not kept.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="PolicyLoadException">As for a path.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Reload(byte[] model, string name) => Replace(name, () => PolicyLoader.Load(model, name, _options, CancellationToken.None));

    /// <summary>Puts another file in the place of the running one as <see cref="Reload(string)"/> does, all of it on another thread.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="cancellationToken">Gives up between two steps before the exchange; the running file then stays in use.</param>
    /// <returns>Ends once the old file is released.</returns>
    public Task ReloadAsync(string path, CancellationToken cancellationToken = default) =>
        Task.Run(() => Replace(path, () => PolicyLoader.Load(path, _options, cancellationToken)), cancellationToken);

    /// <summary>Puts another file, given as bytes, in the place of the running one, all of it on another thread.</summary>
    /// <param name="model">The bytes of an .onnx file; not to be changed until the task ends.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="cancellationToken">Gives up between two steps before the exchange; the running file then stays in use.</param>
    /// <returns>Ends once the old file is released.</returns>
    public Task ReloadAsync(byte[] model, string name, CancellationToken cancellationToken = default) =>
        Task.Run(() => Replace(name, () => PolicyLoader.Load(model, name, _options, cancellationToken)), cancellationToken);

    private static Policy Create(PolicyOptions? options, Func<PolicyOptions, PolicyModel> load)
    {
        PolicyOptions chosen = options ?? new PolicyOptions();
        return new Policy(load(chosen), chosen);
    }

    private void Replace(string file, Func<PolicyModel> load)
    {
        lock (_reloading)
        {
            if (Volatile.Read(ref _disposed) != 0) throw Disposed();
            PolicyModel old = Current;
            PolicyModel next = load();
            try
            {
                IReadOnlyList<ManifestProblem> problems = ReloadRules.Check(old, next);
                if (problems.Count > 0) throw new PolicyLoadException(file, problems);
                PolicyLoader.Guard(file, () => next.PrepareLike(old));
            }
            catch
            {
                next.Dispose();
                throw;
            }

            next.Version = old.Version + 1;
            Interlocked.Exchange(ref _model, next);
            old.Retire();
            if (Volatile.Read(ref _disposed) == 0) return;
            // Disposed meanwhile, perhaps before the exchange: then nobody else ends the new one.
            next.Dispose();
            throw Disposed();
        }
    }
}
