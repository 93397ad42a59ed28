using System;
using System.IO;
using System.Text;

namespace Pipeline.Training.Files;

/// <summary>
/// Writes files so that a reader, or a process killed at any moment, meets the old content or the new one and never a part:
/// to a new file in the same folder, flushed to the disk, then renamed.
/// </summary>
public static class AtomicFile
{
    /// <summary>The ending of the file that is written before the rename. What a killed process leaves under it is overwritten by the next one.</summary>
    public const string TemporaryEnding = ".tmp";

    /// <summary>Replaces a file's content.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the new content.</param>
    /// <exception cref="IOException">The disk is full or the folder is gone; the old file is then still whole.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string temporary = path + TemporaryEnding;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Replaces a file's content by text, UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="text">The new content.</param>
    /// <exception cref="IOException">The disk is full or the folder is gone; the old file is then still whole.</exception>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }
}
