using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments.ToyText;

/// <summary>
/// An environment of finitely many states, given by its table of transitions as Gymnasium's toy-text environments are: the observation is the
/// number of the state, and a step draws one of the outcomes with one uniform number.
/// </summary>
public abstract class TabularEnvironment : IEnvironment, ISettableState, IStateful
{
    private readonly Transition[][] _transitions;
    private readonly double[] _initialDistribution;
    private readonly Discrete _states;
    private readonly Discrete _actions;

    /// <summary>Makes the environment.</summary>
    /// <param name="transitions">The outcomes of action a in state s at index s · <paramref name="actionCount"/> + a.</param>
    /// <param name="initialDistribution">The probability of each state to be the first.</param>
    /// <param name="actionCount">How many actions there are.</param>
    private protected TabularEnvironment(Transition[][] transitions, double[] initialDistribution, int actionCount)
    {
        _transitions = transitions;
        _initialDistribution = initialDistribution;
        _states = new Discrete(initialDistribution.Length);
        _actions = new Discrete(actionCount);
    }

    /// <inheritdoc/>
    public Space ObservationSpace => _states;

    /// <inheritdoc/>
    public Space ActionSpace => _actions;

    /// <summary>The probability of each state to be the first of an episode.</summary>
    public IReadOnlyList<double> InitialDistribution => _initialDistribution;

    /// <summary>The number of the state; some environments add what else they remember.</summary>
    public virtual double[] State
    {
        get => [Current];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Length != 1)
                throw new ArgumentException($"The state given has {value.Length} numbers; it is one, the number of the state.", nameof(value));
            Current = StateNumber(value[0]);
        }
    }

    /// <summary>The number of the present state.</summary>
    private protected int Current { get; set; }

    /// <summary>The generator given to the latest reset; where there was none yet, one of seed 0.</summary>
    private protected RandomGenerator Random { get; private set; } = new(0);

    /// <summary>What an action can lead to.</summary>
    /// <param name="state">The number of a state.</param>
    /// <param name="action">The number of an action.</param>
    /// <returns>The outcomes, in Gymnasium's order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state or action.</exception>
    public IReadOnlyList<Transition> Transitions(int state, int action)
    {
        if (state < 0 || state >= _states.N)
            throw new ArgumentOutOfRangeException(nameof(state), state, $"The states are 0 to {_states.N - 1}.");
        return _transitions[(state * _actions.N) + ActionNumber(action)];
    }

    /// <inheritdoc/>
    public virtual void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        Random = random;
        double drawn = random.NextDouble(), sum = 0;
        int state = 0;
        while (state < _initialDistribution.Length && !((sum += _initialDistribution[state]) > drawn)) state++;

        // Rounding may leave the sum below what was drawn; the first possible state is then as good as any.
        Current = state < _initialDistribution.Length ? state : Array.FindIndex(_initialDistribution, p => p > 0);
        observation[0] = Current;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action is none of the choices.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        Transition[] outcomes = _transitions[(Current * _actions.N) + ActionNumber(action[0])];
        double drawn = Random.NextDouble(), sum = 0;
        int chosen = 0;
        while (chosen < outcomes.Length - 1 && !((sum += outcomes[chosen].Probability) > drawn)) chosen++;
        Transition outcome = outcomes[chosen];
        Current = Arrive(Current, outcome.NextState);
        observation[0] = Current;
        return new StepResult((float)outcome.Reward, outcome.Terminated);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (double number in State) writer.Write(number);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        double[] state = State;
        foreach (ref double number in state.AsSpan()) number = reader.ReadDouble();
        State = state;
    }

    /// <summary>The state in which a step ends, where it depends on more than the table.</summary>
    /// <param name="from">The state before.</param>
    /// <param name="to">The state that the table gave.</param>
    private protected virtual int Arrive(int from, int to) => to;

    /// <summary>A number of a state, checked.</summary>
    private protected int StateNumber(double value)
    {
        if (!(value >= 0 && value < _states.N && value == Math.Floor(value)))
            throw new ArgumentException($"{value} is no state. The states are the whole numbers 0 to {_states.N - 1}.", nameof(value));
        return (int)value;
    }

    private int ActionNumber(float action)
    {
        if (!(action >= 0 && action < _actions.N && action == (int)action))
            throw new ArgumentOutOfRangeException(nameof(action), action, $"Action {action} is none of the choices 0 to {_actions.N - 1} of {GetType().Name}.");
        return (int)action;
    }
}
