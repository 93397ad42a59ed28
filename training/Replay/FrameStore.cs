using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Pipeline.Contracts;

namespace Pipeline.Training.Replay;

/// <summary>
/// The frames of N lanes, one lane for each environment, each a ring: a frame is followed by what its step led to. Frames are numbered through all
/// lanes: lane · <see cref="LaneFrames"/> + place. Memory is touched when it is first used.
/// </summary>
internal sealed unsafe class FrameStore : IDisposable
{
    private readonly int _stride;
    private byte* _memory;
    private int _places = 1;

    public FrameStore(FrameLayout layout, int laneCount, int laneFrames)
    {
        Layout = layout;
        _stride = layout.Stride;
        LaneCount = laneCount;
        LaneFrames = laneFrames;
        Bytes = (long)laneCount * laneFrames * _stride;
        try
        {
            _memory = (byte*)NativeMemory.AllocZeroed((nuint)Bytes);
        }
        catch (OutOfMemoryException e)
        {
            throw new ReplayException($"{(long)laneCount * laneFrames} transitions of {_stride} bytes are more than the memory to be had. Lower buffer_size, or set buffer_bytes.", e);
        }

        Written = new long[laneCount];
    }

    public FrameLayout Layout { get; }

    public int LaneCount { get; }

    /// <summary>Places of a lane.</summary>
    public int LaneFrames { get; }

    /// <summary>Bytes of memory.</summary>
    public long Bytes { get; }

    /// <summary>Frames ever written into each lane.</summary>
    public long[] Written { get; }

    public bool IsDisposed => _memory is null;

    /// <summary>The address of a frame.</summary>
    public byte* this[int frame] => _memory + ((long)frame * _stride);

    /// <summary>Frames that a lane holds; they take its first places.</summary>
    public int Used(int lane) => (int)Math.Min(Written[lane], LaneFrames);

    /// <summary>The newest frame of a lane that has one.</summary>
    public int Newest(int lane) => Newest(lane, Written[lane]);

    /// <summary>The frame after one that is not the newest.</summary>
    public int Next(int frame)
    {
        int next = frame + 1;
        return next % LaneFrames == 0 ? next - LaneFrames : next;
    }

    /// <summary>The frame some steps before another of its lane.</summary>
    public int Back(int frame, int steps)
    {
        int place = frame % LaneFrames, back = place - steps;
        return frame - place + (back < 0 ? back + LaneFrames : back);
    }

    /// <summary>The frame some steps after another of its lane.</summary>
    public int Forward(int frame, int steps)
    {
        int place = frame % LaneFrames, forward = place + steps;
        return frame - place + (forward >= LaneFrames ? forward - LaneFrames : forward);
    }

    /// <summary>How many frames of the lane are newer.</summary>
    public int Age(int frame) => Age(frame, Written[frame / LaneFrames]);

    /// <summary>How many frames of the lane were newer when so many had been written into it.</summary>
    public int Age(int frame, long written)
    {
        int age = Newest(frame / LaneFrames, written) - frame;
        return age < 0 ? age + LaneFrames : age;
    }

    /// <summary>The number that a frame was written under in its lane, counted from 0 and never given twice.</summary>
    public long Number(int frame) => Written[frame / LaneFrames] - 1 - Age(frame);

    /// <summary>Whether what was written under a number is still there.</summary>
    public bool Holds(int frame, long number) => number + LaneFrames >= Written[frame / LaneFrames];

    /// <summary>The place that the next frame of a lane takes.</summary>
    public int Place(int lane) => (lane * LaneFrames) + (int)(Written[lane] % LaneFrames);

    /// <summary>Asks for the first bytes of a frame that is read soon.</summary>
    public void Prefetch(int frame)
    {
        if (Sse.IsSupported) Sse.Prefetch0(this[frame]);
    }

    public StepFlags Flags(int frame) => (StepFlags)this[frame][Layout.Flags];

    public float Reward(int frame) => Unsafe.ReadUnaligned<float>(this[frame] + Layout.Reward);

    public int Time(int frame) => Unsafe.ReadUnaligned<int>(this[frame] + Layout.Time);

    public int EpisodeLength(int frame) => Unsafe.ReadUnaligned<int>(this[frame] + Layout.EpisodeLength);

    /// <summary>
    /// A frame drawn from all that are kept, each as likely as the other. The same random numbers mostly give the same frames when some more have been written.
    /// </summary>
    public int Draw(RandomGenerator random)
    {
        // The number of places grows seldom; where there is no frame yet, it is drawn again.
        int places = _places;
        while (true)
        {
            int drawn = random.NextInt32(LaneCount * places), lane = drawn / places, place = drawn - (lane * places);
            if (place < Used(lane)) return (lane * LaneFrames) + place;
        }
    }

    /// <summary>Writes a frame that no step was taken from yet into the place that is next.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="observation">The observation.</param>
    /// <param name="mask">The mask; empty where all is allowed.</param>
    /// <param name="time">Steps of the episode before it.</param>
    /// <returns>The frame.</returns>
    public int Append(int lane, ReadOnlySpan<float> observation, ReadOnlySpan<float> mask, int time)
    {
        int frame = Place(lane);
        byte* at = this[frame];
        Layout.Observations.Write(observation, at);
        WriteMask(mask, at + Layout.Mask);
        at[Layout.Flags] = (byte)StepFlags.None;
        if (Layout.Hindsight)
        {
            Unsafe.WriteUnaligned(at + Layout.Time, time);
            Unsafe.WriteUnaligned(at + Layout.EpisodeLength, 0);
        }

        Written[lane]++;
        Reach(lane);
        return frame;
    }

    /// <summary>Adds to a lane's newest frame the step that was taken from it.</summary>
    public void Take(int frame, ReadOnlySpan<float> action, float reward, StepFlags flags)
    {
        byte* at = this[frame];
        Layout.Actions.Write(action, at + Layout.Action);
        Unsafe.WriteUnaligned(at + Layout.Reward, reward);
        at[Layout.Flags] |= (byte)flags;
    }

    /// <summary>Marks a frame whose recurrent state is kept.</summary>
    public void Remember(int frame) => this[frame][Layout.Flags] |= (byte)StepFlags.Remembered;

    /// <summary>Notes in every frame of an episode that is still there how long it was.</summary>
    /// <param name="last">The episode's last frame, the newest of its lane.</param>
    public void CloseEpisode(int last)
    {
        int length = Time(last), kept = Math.Min(length, Used(last / LaneFrames) - 1);
        for (int i = 0, frame = last; i <= kept; i++, frame = Back(frame, 1))
            Unsafe.WriteUnaligned(this[frame] + Layout.EpisodeLength, length);
    }

    /// <summary>Takes back a lane's newest frame, from which no step was taken.</summary>
    public void Withdraw(int lane) => Written[lane]--;

    /// <summary>Writes some of the numbers that say how the policy acted, from one of them on.</summary>
    public void WriteStatistics(int frame, ReadOnlySpan<float> statistics, int first = 0) => statistics.CopyTo(Statistics(frame)[first..]);

    /// <summary>Reads as many of the numbers as there is room for, from one of them on.</summary>
    public void ReadStatistics(int frame, Span<float> statistics, int first = 0) => Statistics(frame).Slice(first, statistics.Length).CopyTo(statistics);

    public void ReadObservation(int frame, Span<float> observation) => Layout.Observations.Read(this[frame], observation);

    public void ReadAction(int frame, Span<float> action) => Layout.Actions.Read(this[frame] + Layout.Action, action);

    public void ReadMask(int frame, Span<float> mask)
    {
        byte* bits = this[frame] + Layout.Mask;
        for (int i = 0; i < mask.Length; i++) mask[i] = (bits[i >> 3] >> (i & 7)) & 1;
    }

    /// <summary>The frames that a lane holds, as bytes, from one of its places on; at most as many bytes as asked for.</summary>
    public Span<byte> Raw(int lane, long offset, int count) => new(_memory + ((long)lane * LaneFrames * _stride) + offset, count);

    /// <summary>Sets how many frames were ever written, before saved ones are copied in; clears what is used no more.</summary>
    public void Restore(long[] written)
    {
        for (int lane = 0; lane < LaneCount; lane++)
        {
            int before = Used(lane);
            Written[lane] = written[lane];
            for (int place = Used(lane); place < before; place++) this[(lane * LaneFrames) + place][Layout.Flags] = (byte)StepFlags.None;
        }

        _places = 1;
        for (int lane = 0; lane < LaneCount; lane++) Reach(lane);
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    private int Newest(int lane, long written) => (lane * LaneFrames) + (int)((written - 1) % LaneFrames);

    // The fullest lane says from how many places is drawn: a power of two of them until it is full.
    private void Reach(int lane)
    {
        while (_places < Used(lane)) _places = (int)Math.Min(2L * _places, LaneFrames);
    }

    private Span<float> Statistics(int frame) => new(this[frame] + Layout.Statistics, Layout.StatisticsSize);

    private void WriteMask(ReadOnlySpan<float> mask, byte* bits)
    {
        int bytes = (Layout.MaskSize + 7) / 8;
        if (mask.IsEmpty)
        {
            new Span<byte>(bits, bytes).Fill(byte.MaxValue);
            return;
        }

        new Span<byte>(bits, bytes).Clear();
        for (int i = 0; i < mask.Length; i++) bits[i >> 3] |= (byte)((mask[i] != 0 ? 1 : 0) << (i & 7));
    }
}
