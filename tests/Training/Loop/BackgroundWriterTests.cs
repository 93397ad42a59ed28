using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Loop;

public sealed class BackgroundWriterTests
{
    [Test]
    public void Work_is_done_in_order_and_finished_before_the_end()
    {
        var done = new List<int>();
        using (var writer = new BackgroundWriter())
        {
            for (int i = 0; i < 3; i++)
            {
                int number = i;
                writer.Post(() => done.Add(number));
            }

            writer.Flush();
            Assert.That(done, Is.EqualTo(new[] { 0, 1, 2 }));
            writer.Post(() => done.Add(3));
        }

        Assert.That(done, Is.EqualTo(new[] { 0, 1, 2, 3 }));
    }

    [Test]
    public void A_failure_ends_the_writing_and_is_told()
    {
        var done = new List<int>();
        using var writer = new BackgroundWriter();
        writer.Post(() => throw new IOException("disk full"));
        writer.Post(() => done.Add(1));
        Assert.Multiple(() =>
        {
            Assert.That(writer.Flush, Throws.TypeOf<IOException>().With.Message.EqualTo("disk full"));
            Assert.That(() => writer.Post(() => done.Add(2)), Throws.TypeOf<IOException>());
            Assert.That(done, Is.Empty);
        });
    }
}
