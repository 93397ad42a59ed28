using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
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
    public void What_is_not_urgent_waits_for_more_and_goes_before_what_is()
    {
        var done = new List<int>();
        using var written = new ManualResetEventSlim();
        using var writer = new BackgroundWriter();
        for (int round = 0; round < 3; round++)
        {
            writer.Post(() => done.Add(0));
            writer.Post(
                () =>
                {
                    done.Add(1);
                    written.Set();
                },
                urgent: true);
            Assert.That(written.Wait(TimeSpan.FromSeconds(30)));
            written.Reset();
            Assert.That(done, Is.EqualTo(new[] { 0, 1 }));
            done.Clear();
        }

        writer.Post(written.Set);
        Assert.That(written.Wait(TimeSpan.FromSeconds(30)), "without anything urgent after it");
    }

    [Test]
    public void More_work_than_is_kept_is_done_in_order()
    {
        var done = new List<int>();
        using var writer = new BackgroundWriter();
        for (int i = 0; i < 500; i++)
        {
            int number = i;
            writer.Post(() => done.Add(number));
        }

        writer.Flush();
        Assert.That(done, Is.EqualTo(Enumerable.Range(0, 500)));
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
