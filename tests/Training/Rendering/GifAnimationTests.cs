using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Rendering;
using Pipeline.Training.Rendering.Gif;

namespace Pipeline.Tests.Training.Rendering;

internal sealed class GifAnimationTests
{
    [Test]
    public void What_is_written_is_read_back_frame_for_frame_and_repeats_for_ever()
    {
        GifFile gif = Read(Animations.MovingDot(frames: 5, ticksPerSecond: 10), 120);
        Assert.Multiple(() =>
        {
            Assert.That(gif.Loops, Is.Zero);
            Assert.That(gif.Comment, Is.EqualTo("A moving dot"));
            Assert.That(gif.Delays, Is.EqualTo(new[] { 10, 10, 10, 10, 10 }));
            Assert.That(gif.Width, Is.EqualTo(120));
        });

        // The view is 10 wide and 5 high in 114 pixels beside a margin of 3; the dot is at 1, 2, 3 … and half way up.
        for (int frame = 0; frame < 5; frame++)
        {
            for (int at = 0; at < 10; at++)
            {
                int x = (int)(3 + (11.4 * at)), y = (int)(3 + (11.4 * 2.5));
                Assert.That(gif.Frames[frame][(y * gif.Width) + x], Is.EqualTo(at == frame + 1 ? 0x0067a5 : 0xffffff), $"frame {frame} at {at}");
            }
        }
    }

    [Test]
    public void Time_is_rounded_so_that_the_whole_keeps_its_length()
    {
        GifFile gif = Read(Animations.MovingDot(frames: 9, ticksPerSecond: 30, lastTicks: 30), 64);
        Assert.That(gif.Delays.Take(8), Is.EquivalentTo(new[] { 3, 4, 3, 3, 4, 3, 3, 4 }));
        Assert.That(gif.Delays.Sum(), Is.EqualTo(127), "38 ticks of a thirtieth of a second");
    }

    [Test]
    public void Frames_that_look_alike_become_one()
    {
        Frame one = Animations.Dot(1), other = Animations.Dot(2);
        GifFile gif = Read(new Animation("", 20, [one, one, one, other, other]), 64);
        Assert.That(gif.Delays, Is.EqualTo(new[] { 15, 10 }));
    }

    [Test]
    public void Long_data_of_many_colours_is_packed_so_that_it_can_be_read()
    {
        // 70,000 random numbers fill the table of codes many times over.
        var random = new RandomGenerator(11);
        byte[] indices = [.. Enumerable.Range(0, 70_000).Select(i => (byte)random.NextInt32(i < 40_000 ? 256 : 3))];
        using var stream = new MemoryStream();
        stream.Write("GIF89a"u8);
        stream.Write([250, 0, 24, 1, 0xf7, 0, 0]);
        for (int i = 0; i < 256; i++) stream.Write([(byte)i, 0, 0]);
        stream.Write([0x2c, 0, 0, 0, 0, 250, 0, 24, 1, 0]);
        LzwWriter.Write(stream, indices);
        stream.WriteByte(0x3b);
        Assert.That(new GifFile(stream.ToArray()).Frames.Single().Select(c => (byte)(c >> 16)), Is.EqualTo(indices));
    }

    [Test]
    public void The_same_animation_gives_the_same_bytes()
    {
        static byte[] Written()
        {
            using var stream = new MemoryStream();
            GifAnimation.Write(stream, Animations.MovingDot(frames: 4, ticksPerSecond: 10), 100);
            return stream.ToArray();
        }

        byte[] first = Written();
        Assert.That(Written(), Is.EqualTo(first));
    }

    [Test]
    public void Words_are_drawn_below_the_scene()
    {
        GifFile with = Read(new Animation("", 1, [Animations.Dot(1)]), 200), without = Read(new Animation("", 1, [Animations.Dot(1) with { Status = [] }]), 200);
        Assert.That(with.Height, Is.GreaterThan(without.Height));
        Assert.That(with.Frames[0].Skip(without.Height * 200).Distinct().Count(), Is.GreaterThan(1), "letters");
    }

    private static GifFile Read(Animation animation, int width)
    {
        using var stream = new MemoryStream();
        GifAnimation.Write(stream, animation, width);
        return new GifFile(stream.ToArray());
    }
}
