using System.IO;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Files;

namespace Pipeline.Tests.Training.Files;

public sealed class AtomicFileTests
{
    [Test]
    public void A_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["a.txt"], "old");
        Assert.That(
            () => AtomicFile.Write(folder["a.txt"], stream =>
            {
                stream.Write("half of the n"u8);
                throw new IOException("disk full");
            }),
            Throws.TypeOf<IOException>());
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(folder["a.txt"]), Is.EqualTo("old"));
            Assert.That(Directory.GetFiles(folder.Root), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public void The_old_content_stands_until_the_new_one_is_complete()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["a.txt"], "old");
        string during = "";
        AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            during = File.ReadAllText(folder["a.txt"]);
        });
        Assert.Multiple(() =>
        {
            Assert.That(during, Is.EqualTo("old"));
            Assert.That(File.ReadAllText(folder["a.txt"]), Is.EqualTo("new"));
        });
    }

    [Test]
    public void What_a_killed_process_left_is_overwritten()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.txt" + AtomicFile.TemporaryEnding], "left behind, and longer than the new content");
        AtomicFile.WriteText(folder["a.txt"], "new");
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(folder["a.txt"]), Is.EqualTo("new"));
            Assert.That(Directory.GetFiles(folder.Root), Has.Length.EqualTo(1));
        });
    }
}
