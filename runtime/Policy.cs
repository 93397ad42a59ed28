using System;
using System.Linq;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime.Execution;

namespace Pipeline.Runtime;

/// <summary>
/// A trained policy, loaded from its one file: observation in, action out. Rows are laid out as <see cref="Space"/> says.
/// <para>Any number of threads may call one instance at once; each call uses buffers of its own, and none waits for another.</para>
/// <para>After the first call with a given number of rows (on each thread) a call allocates nothing on the managed heap; on CUDA it
/// does. Batches above 1,024 rows (16,384 on CUDA) are run in pieces.</para>
/// <para>Observations are not checked for NaN: what comes of one is up to the network.</para>
/// </summary>
public sealed class Policy : IDisposable
{
    private readonly GraphRunner _act;
    private readonly GraphRunner? _sample;
    private readonly int _observationSize;
    private readonly int _actionSize;
    private readonly int _maskSize;
    private int _calls;
    private int _disposed;
    private int _released;

    internal Policy(PolicyManifest manifest, PolicyDevice device, GraphRunner act, GraphRunner? sample, int stateSize)
    {
        Manifest = manifest;
        Device = device;
        StateSize = stateSize;
        _act = act;
        _sample = sample;
        _observationSize = manifest.ObservationSpace.Size;
        _actionSize = manifest.ActionSpace.Size;
        _maskSize = manifest.ActionSpace.MaskSize;
        UsesRewards = manifest.Inputs.Any(input => input.Role == TensorRole.Reward);
        UsesMasks = manifest.Inputs.Any(input => input.Role == TensorRole.ActionMask);
    }

    /// <summary>What the file says about itself.</summary>
    public PolicyManifest Manifest { get; }

    /// <summary>What the policy observes.</summary>
    public Space ObservationSpace => Manifest.ObservationSpace;

    /// <summary>What it answers with.</summary>
    public Space ActionSpace => Manifest.ActionSpace;

    /// <summary>Where it runs: <see cref="PolicyDevice.Cpu"/> or <see cref="PolicyDevice.Cuda"/>.</summary>
    public PolicyDevice Device { get; }

    /// <summary>Whether it takes action masks.</summary>
    public bool UsesMasks { get; }

    /// <summary>Whether it takes the reward of the step before. Such a policy is called with <see cref="Run"/>.</summary>
    public bool UsesRewards { get; }

    /// <summary>Whether it can draw actions: the file has a sampled action, and the options did not leave it out.</summary>
    public bool CanSample => _sample is not null;

    /// <summary>Floats of recurrent state a row, 0 for a policy without. Such a policy is called with <see cref="Run"/>.</summary>
    public int StateSize { get; }

    /// <summary>Loads a policy from a file, whole and checked, with a first run behind it.</summary>
    /// <param name="path">The .onnx file. It is read once and not kept open.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <exception cref="PolicyLoadException">
    /// The file cannot be read, is too large, is no policy, refers to data in other files, disagrees with its manifest, or the device
    /// cannot be had. The message names file, field, value found, what is allowed and what to do.
    /// </exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static Policy Load(string path, PolicyOptions? options = null) => PolicyLoader.Load(path, options ?? new PolicyOptions());

    /// <summary>Loads a policy from bytes, as <see cref="Load(string, PolicyOptions?)"/> does.</summary>
    /// <param name="model">The bytes of an .onnx file; not kept.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <exception cref="PolicyLoadException">As for a file.</exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static Policy Load(byte[] model, string name, PolicyOptions? options = null) => PolicyLoader.Load(model, name, options ?? new PolicyOptions());

    /// <summary>The deterministic action for one observation.</summary>
    /// <param name="observation"><c>ObservationSpace.Size</c> floats.</param>
    /// <param name="action">Receives <c>ActionSpace.Size</c> floats.</param>
    /// <param name="mask"><c>ActionSpace.MaskSize</c> floats, 1 allowed and 0 not; empty allows everything.</param>
    /// <exception cref="ArgumentException">A length is wrong, or masks are given to a policy without.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Act(ReadOnlySpan<float> observation, Span<float> action, ReadOnlySpan<float> mask = default) =>
        Run(new PolicyBatch { Count = 1, Observations = observation, Actions = action, Masks = mask });

    /// <summary>An action drawn from the policy's distribution for one observation.</summary>
    /// <param name="observation"><c>ObservationSpace.Size</c> floats.</param>
    /// <param name="random">The caller's generator; the same state gives the same action.</param>
    /// <param name="action">Receives <c>ActionSpace.Size</c> floats.</param>
    /// <param name="mask"><c>ActionSpace.MaskSize</c> floats, 1 allowed and 0 not; empty allows everything.</param>
    /// <exception cref="ArgumentException">A length is wrong, or masks are given to a policy without.</exception>
    /// <exception cref="InvalidOperationException">The policy cannot draw actions, see <see cref="CanSample"/>.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Sample(ReadOnlySpan<float> observation, RandomGenerator random, Span<float> action, ReadOnlySpan<float> mask = default) =>
        SampleBatch(observation, 1, random, action, mask);

    /// <summary>Deterministic actions for many observations in one call.</summary>
    /// <param name="observations"><paramref name="count"/> rows of <c>ObservationSpace.Size</c> floats.</param>
    /// <param name="count">Number of rows, 0 or more.</param>
    /// <param name="actions">Receives <paramref name="count"/> rows of <c>ActionSpace.Size</c> floats.</param>
    /// <param name="masks"><paramref name="count"/> rows of <c>ActionSpace.MaskSize</c> floats; empty allows everything.</param>
    /// <exception cref="ArgumentException">A length is wrong, or masks are given to a policy without.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void ActBatch(ReadOnlySpan<float> observations, int count, Span<float> actions, ReadOnlySpan<float> masks = default) =>
        Run(new PolicyBatch { Count = count, Observations = observations, Actions = actions, Masks = masks });

    /// <summary>Drawn actions for many observations in one call: the same ones that <see cref="Sample"/> draws row after row.</summary>
    /// <param name="observations"><paramref name="count"/> rows of <c>ObservationSpace.Size</c> floats.</param>
    /// <param name="count">Number of rows, 0 or more.</param>
    /// <param name="random">The caller's generator; the same state gives the same actions.</param>
    /// <param name="actions">Receives <paramref name="count"/> rows of <c>ActionSpace.Size</c> floats.</param>
    /// <param name="masks"><paramref name="count"/> rows of <c>ActionSpace.MaskSize</c> floats; empty allows everything.</param>
    /// <exception cref="ArgumentException">A length is wrong, or masks are given to a policy without.</exception>
    /// <exception cref="InvalidOperationException">The policy cannot draw actions, see <see cref="CanSample"/>.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void SampleBatch(ReadOnlySpan<float> observations, int count, RandomGenerator random, Span<float> actions, ReadOnlySpan<float> masks = default)
    {
        if (random is null) throw new ArgumentNullException(nameof(random));
        Run(new PolicyBatch { Count = count, Observations = observations, Actions = actions, Masks = masks, Random = random });
    }

    /// <summary>The deterministic choice of a policy with a <see cref="Discrete"/> action space.</summary>
    /// <param name="observation"><c>ObservationSpace.Size</c> floats.</param>
    /// <param name="mask"><c>ActionSpace.MaskSize</c> floats, 1 allowed and 0 not; empty allows everything.</param>
    /// <returns>0 … n−1.</returns>
    /// <exception cref="ArgumentException">A length is wrong, or masks are given to a policy without.</exception>
    /// <exception cref="InvalidOperationException">The action space is not Discrete.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public int ActDiscrete(ReadOnlySpan<float> observation, ReadOnlySpan<float> mask = default)
    {
        CheckDiscrete();
        Span<float> action = stackalloc float[1];
        Run(new PolicyBatch { Count = 1, Observations = observation, Actions = action, Masks = mask });
        return (int)action[0];
    }

    /// <summary>A drawn choice of a policy with a <see cref="Discrete"/> action space.</summary>
    /// <param name="observation"><c>ObservationSpace.Size</c> floats.</param>
    /// <param name="random">The caller's generator; the same state gives the same choice.</param>
    /// <param name="mask"><c>ActionSpace.MaskSize</c> floats, 1 allowed and 0 not; empty allows everything.</param>
    /// <returns>0 … n−1.</returns>
    /// <exception cref="ArgumentException">A length is wrong, or masks are given to a policy without.</exception>
    /// <exception cref="InvalidOperationException">The action space is not Discrete, or the policy cannot draw actions.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public int SampleDiscrete(ReadOnlySpan<float> observation, RandomGenerator random, ReadOnlySpan<float> mask = default)
    {
        CheckDiscrete();
        Span<float> action = stackalloc float[1];
        SampleBatch(observation, 1, random, action, mask);
        return (int)action[0];
    }

    /// <summary>The general call, which the others are short for: any number of rows, masks, recurrent state, drawn or not.</summary>
    /// <param name="batch">Rows in and rows out.</param>
    /// <exception cref="ArgumentException">A length is wrong, or masks or state are given to a policy without.</exception>
    /// <exception cref="InvalidOperationException">Drawn actions are asked of a policy that has none.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Run(in PolicyBatch batch)
    {
        Check(batch);
        GraphRunner runner = batch.Random is null ? _act : _sample ?? throw CannotSample();
        Enter();
        try
        {
            runner.Run(batch);
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Makes the buffers for calls of a size on this thread, so that the first real one is as quick as the rest.</summary>
    /// <param name="count">Number of rows of the calls to come; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void WarmUp(int count = 1)
    {
        if (count < 1) throw new ArgumentOutOfRangeException(nameof(count), count, "Warm up for at least 1 row.");
        float[] observations = new float[checked(count * ObservationSpace.Size)];
        float[] actions = new float[checked(count * ActionSpace.Size)];
        float[] states = new float[checked(count * StateSize)];
        float[] rewards = new float[UsesRewards ? count : 0];
        Run(new PolicyBatch { Count = count, Observations = observations, Actions = actions, States = states, Rewards = rewards });
        if (CanSample) Run(new PolicyBatch { Count = count, Observations = observations, Actions = actions, States = states, Rewards = rewards, Random = new RandomGenerator(0) });
    }

    /// <summary>Ends the policy. Calls still running on other threads finish as usual; what they use is released after the last of them.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _disposed, 1);
        ReleaseIfIdle();
    }

    private void Enter()
    {
        Interlocked.Increment(ref _calls);
        if (Volatile.Read(ref _disposed) == 0) return;
        Exit();
        throw new ObjectDisposedException(nameof(Policy), "The policy is disposed. Load it again, or dispose it after its last call.");
    }

    private void Exit()
    {
        if (Interlocked.Decrement(ref _calls) == 0 && Volatile.Read(ref _disposed) == 1) ReleaseIfIdle();
    }

    private void ReleaseIfIdle()
    {
        // Read after _disposed was seen or set: from then on no call gets past Enter, so 0 is final.
        if (Volatile.Read(ref _calls) != 0 || Interlocked.Exchange(ref _released, 1) == 1) return;
        _act.Dispose();
        _sample?.Dispose();
    }

    private void Check(in PolicyBatch batch)
    {
        if (batch.Count < 0) throw new ArgumentException($"Count is {batch.Count}. Use 0 or more.", nameof(batch));
        CheckLength("Observations", batch.Observations.Length, batch.Count, _observationSize);
        CheckLength("Actions", batch.Actions.Length, batch.Count, _actionSize);
        if (!batch.Masks.IsEmpty)
        {
            if (!UsesMasks) throw new ArgumentException("Masks are given, but the policy was exported without an action_mask input. Leave them out, or export a policy trained with masks.", nameof(batch));
            CheckLength("Masks", batch.Masks.Length, batch.Count, _maskSize);
        }

        if (batch.States.Length != 0 || StateSize != 0) CheckLength("States", batch.States.Length, batch.Count, StateSize);
        if (batch.Rewards.Length != 0 || UsesRewards) CheckLength("Rewards", batch.Rewards.Length, batch.Count, UsesRewards ? 1 : 0);
    }

    /// <summary>Puts a row of recurrent state to what it is at the start of an episode.</summary>
    /// <param name="state"><see cref="StateSize"/> floats, or those of several rows.</param>
    /// <exception cref="ArgumentException">The length is no whole number of rows.</exception>
    public void ResetState(Span<float> state)
    {
        if (StateSize == 0 ? state.Length != 0 : state.Length % StateSize != 0)
            throw new ArgumentException($"The state given has {state.Length} floats; rows of this policy have {StateSize}.", nameof(state));
        state.Clear();
    }

    private static void CheckLength(string name, int given, int count, int size)
    {
        if (given != (long)count * size)
            throw new ArgumentException($"{name} has {given} floats; {count} rows of {size} are {(long)count * size}.", name);
    }

    private void CheckDiscrete()
    {
        if (ActionSpace is not Discrete) throw new InvalidOperationException($"The action space is {ActionSpace}, not Discrete. Use Act or Sample with a span for the action.");
    }

    private InvalidOperationException CannotSample() => new(
        Manifest.Outputs.Any(output => output.Role == TensorRole.ActionSample)
            ? "The policy was loaded with Sampling = false. Load it with Sampling = true to draw actions."
            : "The policy has no sampled action. Use Act, or export it from a stochastic algorithm.");
}
