using System;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime.Execution;

namespace Pipeline.Runtime;

/// <summary>
/// A trained policy, loaded from its one file: observation in, action out. Rows are laid out as <see cref="Space"/> says.
/// <para>Any number of threads may call one instance at once; each call uses buffers of its own, and none waits for another.</para>
/// <para>After the first call with a given number of rows (on each thread) a call allocates nothing on the managed heap; elsewhere than on the
/// processor it does. Batches above 1,024 rows (16,384 on other devices) are run in pieces.</para>
/// <para>Observations are not checked for NaN: what comes of one is up to the network.</para>
/// </summary>
public sealed partial class Policy : IDisposable
{
    private readonly PolicyOptions _options;
    private readonly int _observationSize;
    private readonly int _actionSize;
    private readonly int _maskSize;
    private PolicyModel _model;
    private int _agents;
    private int _disposed;

    private Policy(PolicyModel model, PolicyOptions options)
    {
        _model = model;
        _options = options;
        ObservationSpace = model.Manifest.ObservationSpace;
        ActionSpace = model.Manifest.ActionSpace;
        StateSize = model.StateSize;
        CanSample = model.CanSample;
        _observationSize = ObservationSpace.Size;
        _actionSize = ActionSpace.Size;
        _maskSize = ActionSpace.MaskSize;
        UsesRewards = ReloadRules.Uses(model.Manifest, TensorRole.Reward);
        UsesMasks = ReloadRules.Uses(model.Manifest, TensorRole.ActionMask);
    }

    /// <summary>What the file in use says about itself.</summary>
    public PolicyManifest Manifest => Current.Manifest;

    /// <summary>1 for the file that was loaded first, one more for each that took its place.</summary>
    public long Version => Current.Version;

    /// <summary>What the policy observes.</summary>
    public Space ObservationSpace { get; }

    /// <summary>What it answers with.</summary>
    public Space ActionSpace { get; }

    /// <summary>Where it runs: any <see cref="PolicyDevice"/> but Auto.</summary>
    public PolicyDevice Device => Current.Device.Device;

    /// <summary>Where it runs and why, such as "cpu, as the options say", or what <see cref="PolicyDevice.Auto"/> found.</summary>
    public string DeviceReason => Current.Device.Reason;

    /// <summary>Whether it takes action masks.</summary>
    public bool UsesMasks { get; }

    /// <summary>Whether it takes the reward of the step before. Such a policy is called with <see cref="Run(in PolicyBatch)"/>.</summary>
    public bool UsesRewards { get; }

    /// <summary>Whether it can draw actions: the file has a sampled action, and the options did not leave it out.</summary>
    public bool CanSample { get; }

    /// <summary>Floats of recurrent state a row, 0 for a policy without. Such a policy is called with <see cref="Run(in PolicyBatch)"/>.</summary>
    public int StateSize { get; }

    private PolicyModel Current => Volatile.Read(ref _model);

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
    /// <exception cref="ArgumentException">A length is wrong, masks or state are given to a policy without, or two kinds of generators are given.</exception>
    /// <exception cref="InvalidOperationException">Drawn actions are asked of a policy that has none.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Run(in PolicyBatch batch)
    {
        Check(batch);
        PolicyModel model = Enter();
        try
        {
            model.Run(batch);
        }
        finally
        {
            model.Exit();
        }
    }

    /// <summary>
    /// As <see cref="Run(in PolicyBatch)"/>, for a caller that keeps recurrent state while files are reloaded: a state means nothing to
    /// another network, so where the states are of another version than the one that runs, they are first put back to the start of an episode.
    /// </summary>
    /// <param name="batch">Rows in and rows out.</param>
    /// <param name="version">The <see cref="Version"/> that wrote <see cref="PolicyBatch.States"/>; receives the one that ran. Start with 0.</param>
    /// <exception cref="ArgumentException">A length is wrong, masks or state are given to a policy without, or two kinds of generators are given.</exception>
    /// <exception cref="InvalidOperationException">Drawn actions are asked of a policy that has none.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Run(in PolicyBatch batch, ref long version)
    {
        Check(batch);
        PolicyModel model = Enter();
        try
        {
            if (version != model.Version) ResetState(batch.States);
            version = model.Version;
            model.Run(batch);
        }
        finally
        {
            model.Exit();
        }
    }

    /// <summary>Makes the buffers for calls of a size, so that the first real ones are as quick as the rest, and runs each once.</summary>
    /// <param name="count">Number of rows of the calls to come; at least 1.</param>
    /// <param name="callers">How many threads will call at the same time; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void WarmUp(int count = 1, int callers = 1)
    {
        if (count < 1) throw new ArgumentOutOfRangeException(nameof(count), count, "Warm up for at least 1 row.");
        if (callers < 1) throw new ArgumentOutOfRangeException(nameof(callers), callers, "Warm up for at least 1 caller.");
        PolicyModel model = Enter();
        try
        {
            model.WarmUp(count, callers);
        }
        finally
        {
            model.Exit();
        }
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

    /// <summary>Ends the policy. Calls still running on other threads finish as usual; what they use is released after the last of them.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _disposed, 1);
        Current.Dispose();
    }

    /// <summary>The model in use, with a call counted in. A caller that finds it just replaced takes the next: none waits.</summary>
    internal PolicyModel Enter()
    {
        while (true)
        {
            PolicyModel model = Current;
            if (model.TryEnter()) return model;
            if (Volatile.Read(ref _disposed) != 0) throw Disposed();
        }
    }

    /// <summary>Counts agents that may call on a thread of their own.</summary>
    /// <returns>How many may call at the same time; more than there are processors gain nothing.</returns>
    internal int AddAgents() => Math.Min(Interlocked.Increment(ref _agents), Math.Min(Environment.ProcessorCount, 64));

    internal InvalidOperationException CannotSample() => new(
        ReloadRules.Gives(Manifest, TensorRole.ActionSample)
            ? "The policy was loaded with Sampling = false. Load it with Sampling = true to draw actions."
            : "The policy has no sampled action. Use Act, or export it from a stochastic algorithm.");

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
        if (!batch.IsSampled) return;
        if (!CanSample) throw CannotSample();
        if (!batch.Randoms.IsEmpty) CheckRandoms(batch);
    }

    private static void CheckRandoms(in PolicyBatch batch)
    {
        if (batch.Random is not null) throw new ArgumentException("Random and Randoms are both given. Give one generator for all rows, or one for each.", nameof(batch));
        CheckLength("Randoms", batch.Randoms.Length, batch.Count, 1, "generators");
        for (int i = 0; i < batch.Randoms.Length; i++)
        {
            if (batch.Randoms[i] is null) throw new ArgumentException($"Randoms[{i}] is null. Give every row a generator.", nameof(batch));
        }
    }

    private static void CheckLength(string name, int given, int count, int size, string unit = "floats")
    {
        if (given != (long)count * size)
            throw new ArgumentException($"{name} has {given} {unit}; {count} rows of {size} are {(long)count * size}.", name);
    }

    private void CheckDiscrete()
    {
        if (ActionSpace is not Discrete) throw new InvalidOperationException($"The action space is {ActionSpace}, not Discrete. Use Act or Sample with a span for the action.");
    }

    private static ObjectDisposedException Disposed() => new(nameof(Policy), "The policy is disposed. Load it again, or dispose it after its last call.");
}
