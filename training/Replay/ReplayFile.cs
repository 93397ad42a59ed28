using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Training.Files;

namespace Pipeline.Training.Replay;

/// <summary>
/// A buffer as a file: a prefix (magic, version, length of the header, length of the file, CRC-32C of all that follows it; little-endian), a JSON
/// header, then the used frames of each lane and their priorities as they lie in memory, then the recurrent states of those that have one. Written straight from the buffer's memory and read through
/// a map of the file, so that there is no second copy. (Not written through a map: on a full disk that kills the process.)
/// </summary>
internal static unsafe class ReplayFile
{
    /// <summary>What to do where a file is of no use.</summary>
    internal const string Remedy = "Take the file of an older checkpoint, or go on with an empty buffer.";

    private const ulong Magic = 0x0A0D_59414C504552UL;
    private const uint Version = 1;
    private const int PrefixLength = 32;
    private const int Block = 1 << 20;

    /// <summary>Writes a buffer to a new file, flushes it and gives it the name.</summary>
    public static void Save(IReplayContent content, string path)
    {
        byte[] header = Encoding.UTF8.GetBytes(ReplayHeader.Of(content).ToJson());
        long length = PrefixLength + header.Length + DataLength(content, content.Frames.Written) + (content.States is null ? 0 : (long)content.States.Count * content.States.Bytes);
        AtomicFile.Write(path, stream =>
        {
            stream.SetLength(length);
            stream.Position = PrefixLength;
            var writer = new Writer(stream);
            writer.Write(header);
            for (int lane = 0; lane < content.Frames.LaneCount; lane++) WriteLane(content, lane, writer);
            WriteStates(content, writer);
            stream.Position = 0;
            stream.Write(Prefix(header.Length, length, writer.Checksum));
        });
    }

    /// <summary>Takes a buffer back from a file, after the whole file has been checked.</summary>
    public static void Load(IReplayContent content, string path)
    {
        using FileStream stream = Open(path);
        if (stream.Length < PrefixLength) throw new ReplayException($"{path} is no saved replay buffer: it has {stream.Length} bytes. {Remedy}");
        using var map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            int headerLength = CheckPrefix(path, start + view.PointerOffset, stream.Length);
            byte* header = start + view.PointerOffset + PrefixLength;
            var saved = ReplayHeader.Read(path, Encoding.UTF8.GetString(header, headerLength));
            saved.CheckFits(path, content);
            long data = DataLength(content, saved.Written), found = stream.Length - PrefixLength - headerLength;
            if (content.States is not null && found >= data) data += CountStates(content, saved.Written, header + headerLength) * content.States.Bytes;
            if (found != data) throw new ReplayException($"The saved replay buffer {path} holds {found} bytes of transitions; {data} are expected. {Remedy}");
            Restore(content, saved, header + headerLength);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplayException($"The saved replay buffer {path} cannot be opened: {e.Message} {Remedy}", e);
        }
    }

    private static byte[] Prefix(int headerLength, long length, uint checksum)
    {
        byte[] prefix = new byte[PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(12), headerLength);
        BinaryPrimitives.WriteInt64LittleEndian(prefix.AsSpan(16), length);
        BinaryPrimitives.WriteUInt64LittleEndian(prefix.AsSpan(24), checksum);
        return prefix;
    }

    /// <summary>Checks all that can be checked without knowing the buffer; gives the length of the header.</summary>
    private static int CheckPrefix(string path, byte* file, long length)
    {
        var prefix = new ReadOnlySpan<byte>(file, PrefixLength);
        if (BinaryPrimitives.ReadUInt64LittleEndian(prefix) != Magic) throw new ReplayException($"{path} is no saved replay buffer: its first bytes are others. {Remedy}");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        if (version != Version) throw new ReplayException($"The saved replay buffer {path} has the format {version}; this version reads {Version}. Load it with the version that wrote it, or go on with an empty buffer.");
        long written = BinaryPrimitives.ReadInt64LittleEndian(prefix[16..]);
        if (written != length) throw new ReplayException($"The saved replay buffer {path} is damaged: it has {length} bytes, {written} were written. {Remedy}");
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(prefix[12..]);
        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(prefix[24..]), found = Crc32C.Of(file + PrefixLength, length - PrefixLength);
        if (expected != found || headerLength < 0 || headerLength > length - PrefixLength)
            throw new ReplayException($"The saved replay buffer {path} is damaged: its content has the checksum {found:x8}, {expected:x8} was written. {Remedy}");
        return headerLength;
    }

    private static long DataLength(IReplayContent content, long[] written)
    {
        long length = 0;
        foreach (long frames in written)
            length += Math.Min(frames, content.Frames.LaneFrames) * (content.Frames.Layout.Stride + (content.Priorities is null ? 0 : sizeof(float)));
        return length;
    }

    private static void WriteLane(IReplayContent content, int lane, Writer writer)
    {
        FrameStore frames = content.Frames;
        long bytes = (long)frames.Used(lane) * frames.Layout.Stride;
        for (long done = 0; done < bytes; done += Block) writer.Write(frames.Raw(lane, done, (int)Math.Min(Block, bytes - done)));
        if (content.Priorities is null) return;
        int first = lane * frames.LaneFrames;
        for (int done = 0; done < frames.Used(lane); done += Block / sizeof(float))
            writer.Write(content.Priorities.Tree.Leaves(first + done, Math.Min(Block / sizeof(float), frames.Used(lane) - done)));
    }

    private static void Restore(IReplayContent content, ReplayHeader saved, byte* data)
    {
        FrameStore frames = content.Frames;
        for (int lane = 0; lane < content.Frames.LaneCount; lane++) content.Priorities?.Tree.Clear(lane * frames.LaneFrames, frames.Used(lane));
        frames.Restore(saved.Written);
        for (int lane = 0; lane < content.Frames.LaneCount; lane++)
        {
            long bytes = (long)frames.Used(lane) * frames.Layout.Stride;
            for (long done = 0; done < bytes; done += Block)
            {
                int count = (int)Math.Min(Block, bytes - done);
                new ReadOnlySpan<byte>(data + done, count).CopyTo(frames.Raw(lane, done, count));
            }

            data += bytes;
            if (content.Priorities is null) continue;
            content.Priorities.Tree.Load(lane * frames.LaneFrames, frames.Used(lane), (float*)data);
            data += (long)frames.Used(lane) * sizeof(float);
        }

        if (content.Priorities is not null)
        {
            content.Priorities.Tree.Rebuild();
            content.Priorities.Maximum = saved.MaximumPriority;
        }

        RestoreStates(content, data);
        content.Restore(saved.Count);
    }

    // The frames that have a state, lane after lane.
    private static IEnumerable<int> Remembered(IReplayContent content)
    {
        FrameStore frames = content.Frames;
        for (int lane = 0; lane < frames.LaneCount; lane++)
        {
            for (int frame = lane * frames.LaneFrames, end = frame + frames.Used(lane); frame < end; frame++)
            {
                if ((frames.Flags(frame) & StepFlags.Remembered) != 0) yield return frame;
            }
        }
    }

    /// <summary>How many frames of a file have a state.</summary>
    private static long CountStates(IReplayContent content, long[] written, byte* data)
    {
        FrameLayout layout = content.Frames.Layout;
        long count = 0;
        foreach (long frames in written)
        {
            long used = Math.Min(frames, content.Frames.LaneFrames);
            for (long i = 0; i < used; i++, data += layout.Stride) count += (data[layout.Flags] & (byte)StepFlags.Remembered) != 0 ? 1 : 0;
        }

        return count;
    }

    private static void WriteStates(IReplayContent content, Writer writer)
    {
        if (content.States is null) return;
        foreach (int frame in Remembered(content)) writer.Write(MemoryMarshal.AsBytes(content.States[frame]));
    }

    private static void RestoreStates(IReplayContent content, byte* data)
    {
        if (content.States is null) return;
        content.States.Clear();
        foreach (int frame in Remembered(content))
        {
            new ReadOnlySpan<byte>(data, content.States.Bytes).CopyTo(MemoryMarshal.AsBytes(content.States.Add(frame)));
            data += content.States.Bytes;
        }
    }

    /// <summary>Writes one part after the other and keeps the checksum.</summary>
    private sealed class Writer(Stream stream)
    {
        private uint _crc = ~0u;

        public uint Checksum => ~_crc;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            _crc = Crc32C.Append(_crc, bytes);
        }
    }
}
