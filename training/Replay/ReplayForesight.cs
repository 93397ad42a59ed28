using System;
using Pipeline.Contracts;

namespace Pipeline.Training.Replay;

/// <summary>
/// Which transitions a buffer that samples uniformly is going to draw after the steps that are being added, as far as that can be said before: the generator
/// is the same, and most frames stay what they are. Another thread than the one that adds may ask and read.
/// </summary>
internal sealed class ReplayForesight
{
    private readonly ReplayBuffer _replay;
    private readonly RandomGenerator _random = new(0);
    private readonly ulong[] _state = new ulong[RandomGenerator.StateSize];
    private readonly long[] _written;
    private int _framesToCome;

    /// <summary>Foresees what a buffer draws.</summary>
    /// <param name="replay">The buffer.</param>
    public ReplayForesight(ReplayBuffer replay)
    {
        _replay = replay;
        _written = new long[replay.EnvironmentCount];
    }

    /// <summary>Takes note of what is there; before the first of the steps is added.</summary>
    /// <param name="random">What transitions will be drawn with.</param>
    /// <param name="steps">Steps of each environment that will be added at most.</param>
    public void Begin(RandomGenerator random, int steps)
    {
        random.SaveState(_state);
        _random.LoadState(_state);
        _replay.Frames.Written.CopyTo(_written, 0);

        // An episode that ends leaves a frame more.
        _framesToCome = 2 * steps;
    }

    /// <summary>Draws on as the buffer will.</summary>
    /// <returns>Where the transition starts; -1 where it is not certain yet that it will be drawn, or what it will be.</returns>
    public int Draw()
    {
        int frame = _replay.Frames.Draw(_random);
        return IsCertain(frame) ? frame : -1;
    }

    /// <summary>Reads transitions that were drawn here.</summary>
    /// <param name="transitions">Where they start.</param>
    /// <param name="batch">Receives them, from its first row on.</param>
    public void Read(ReadOnlySpan<int> transitions, ReplayBatch batch)
    {
        transitions.CopyTo(batch.Indices);
        _replay.Gather(batch, transitions.Length);
    }

    // A transition that folds n steps reads as many frames after its own; the oldest frames give way to those that come.
    private bool IsCertain(int frame)
    {
        FrameStore frames = _replay.Frames;
        long written = _written[frame / frames.LaneFrames];
        int age = frames.Age(frame, written);
        return age >= _replay.Settings.NStep && age < written && age + _framesToCome < frames.LaneFrames && (frames.Flags(frame) & StepFlags.Taken) != 0;
    }
}
