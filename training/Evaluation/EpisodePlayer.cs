using System;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Evaluation;

/// <summary>Chooses the actions of all environments for one step.</summary>
internal interface IActing
{
    /// <summary>Gets ready for new episodes in every environment.</summary>
    /// <param name="seed">The seed of drawn actions.</param>
    /// <param name="stream">Which of its streams.</param>
    void Begin(ulong seed, ulong stream);

    /// <summary>Chooses.</summary>
    /// <param name="step">What the environments gave; its flags tell which episodes have just begun.</param>
    /// <param name="actions">[N, action size]: receives the actions.</param>
    void Act(VectorStep step, float[] actions);
}

/// <summary>
/// Plays episodes by number in vectorised environments: an environment whose episode ends goes on with the next number. Every number that is
/// asked for is played to its end, so short episodes are not counted more often than long ones, as they are where the first K to end are taken.
/// Nothing is allocated while playing.
/// </summary>
internal sealed class EpisodePlayer
{
    private const int Idle = -1;
    private readonly IVectorEnvironment _environments;
    private readonly VectorStep _step;
    private readonly GoalLayout? _goals;
    private readonly float[] _actions;
    private readonly int[] _playing;
    private readonly double[] _returns;
    private readonly int[] _lengths;

    /// <summary>Makes the player.</summary>
    /// <param name="environments">Where it plays; stay the caller's.</param>
    public EpisodePlayer(IVectorEnvironment environments)
    {
        _environments = environments;
        _step = new VectorStep(environments);
        _goals = environments.Goals is null ? null : GoalLayout.Of(environments.ObservationSpace);
        _actions = new float[environments.Count * environments.ActionSpace.Size];
        _playing = new int[environments.Count];
        _returns = new double[environments.Count];
        _lengths = new int[environments.Count];
    }

    /// <summary>Plays the episodes <paramref name="first"/>, <paramref name="first"/> + 1 … of a seed.</summary>
    /// <param name="acting">Who acts.</param>
    /// <param name="seed">The seed of the episodes and of drawn actions.</param>
    /// <param name="first">The number of the first episode.</param>
    /// <param name="episodes">Receives them, at least one.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>Environment steps taken.</returns>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public long Play(IActing acting, ulong seed, int first, Span<Episode> episodes, CancellationToken stop)
    {
        Begin(acting, seed, first, episodes.Length);
        int next = Math.Min(_playing.Length, episodes.Length), open = episodes.Length;
        long steps = 0;
        while (open > 0)
        {
            stop.ThrowIfCancellationRequested();
            acting.Act(_step, _actions);
            _environments.Step(_actions, _step);
            steps += _playing.Length;
            for (int i = 0; i < _playing.Length; i++)
            {
                _returns[i] += _step.Rewards[i];
                _lengths[i]++;
                if (!_step.Terminated[i] && !_step.Truncated[i]) continue;
                if (_playing[i] != Idle)
                {
                    episodes[_playing[i]] = new Episode(_returns[i], _lengths[i], _step.Terminated[i], _step.Truncated[i], IsSuccess(i));
                    open--;
                }

                // The environment counts the same way, those that nobody waits for included: see IVectorEnvironment.NumberEpisodes.
                _playing[i] = next < episodes.Length ? next++ : Idle;
                _returns[i] = 0;
                _lengths[i] = 0;
            }
        }

        _environments.NumberEpisodes(null);
        return steps;
    }

    private void Begin(IActing acting, ulong seed, int first, int count)
    {
        bool numbered = _environments.NumberEpisodes((ulong)first);
        // Where episodes cannot be numbered, later parts of a seed are at least other episodes than its first.
        ulong start = numbered || first == 0 ? seed : new RandomGenerator(seed, (ulong)first).NextUInt64();
        _environments.Reset(start, _step);
        acting.Begin(seed, ulong.MaxValue - (ulong)first);
        Array.Clear(_returns);
        Array.Clear(_lengths);
        for (int i = 0; i < _playing.Length; i++) _playing[i] = i < count ? i : Idle;
    }

    private bool? IsSuccess(int environment)
    {
        if (_goals is not GoalLayout layout) return null;
        int size = _environments.ObservationSpace.Size;
        ReadOnlySpan<float> last = _step.FinalObservations.AsSpan(environment * size, size);
        return _environments.Goals!.IsSuccess(layout.AchievedOf(last), layout.DesiredOf(last));
    }
}
