using System;
using System.IO;
using Pipeline.Contracts;

namespace Pipeline.Training.Environments;

/// <summary>What every vectorised environment keeps for each of its episodes: a stream of random numbers and the steps taken so far.</summary>
internal static class EpisodeStreams
{
    /// <summary>Makes the generators of N environments.</summary>
    public static RandomGenerator[] Create(int count)
    {
        var random = new RandomGenerator[count];
        for (int i = 0; i < count; i++) random[i] = new RandomGenerator(0, (ulong)i);
        return random;
    }

    /// <summary>Writes how many there are, then generator and steps of each.</summary>
    public static void Save(BinaryWriter writer, RandomGenerator[] random, int[] elapsed)
    {
        Span<ulong> words = stackalloc ulong[RandomGenerator.StateSize];
        writer.Write(random.Length);
        for (int i = 0; i < random.Length; i++)
        {
            random[i].SaveState(words);
            foreach (ulong word in words) writer.Write(word);
            writer.Write(elapsed[i]);
        }
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="EnvironmentException">It was written for another number of environments.</exception>
    public static void Load(BinaryReader reader, RandomGenerator[] random, int[] elapsed)
    {
        int count = reader.ReadInt32();
        if (count != random.Length)
            throw new EnvironmentException($"The saved state is of {count} environments, and this run has {random.Length}. Use {count} environments to go on.");
        Span<ulong> words = stackalloc ulong[RandomGenerator.StateSize];
        for (int i = 0; i < random.Length; i++)
        {
            foreach (ref ulong word in words) word = reader.ReadUInt64();
            random[i].LoadState(words);
            elapsed[i] = reader.ReadInt32();
        }
    }
}
