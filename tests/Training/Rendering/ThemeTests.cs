using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Rendering;

namespace Pipeline.Tests.Training.Rendering;

internal sealed class ThemeTests
{
    private static readonly Ink[] InFront = [.. Enum.GetValues<Ink>().Where(ink => ink is not (Ink.None or Ink.Surface or Ink.Ground))];

    [Test]
    public void What_is_in_front_stands_out_from_the_page_and_from_planes()
    {
        foreach (Theme theme in new[] { Theme.Light, Theme.Dark })
        {
            Assert.That(InFront.Select(ink => Contrast(theme[ink], theme.Background)), Is.All.GreaterThanOrEqualTo(3));
            Assert.That(InFront.Select(ink => Contrast(theme[ink], theme[Ink.Surface])), Is.All.GreaterThanOrEqualTo(3));
        }
    }

    [Test]
    public void In_terminals_it_stands_out_from_black_from_white_and_from_planes()
    {
        Assert.That(InFront.Select(ink => Contrast(Theme.Terminal[ink], new Rgb(255, 255, 255))), Is.All.GreaterThanOrEqualTo(3));
        Assert.That(InFront.Select(ink => Contrast(Theme.Terminal[ink], default)), Is.All.GreaterThanOrEqualTo(3));
        Assert.That(InFront.Select(ink => Contrast(Theme.Terminal[ink], Theme.Terminal[Ink.Surface])), Is.All.GreaterThanOrEqualTo(2));
    }

    [Test]
    public void Colours_are_written_as_pages_write_them() => Assert.That(new Rgb(0, 103, 165).ToString(), Is.EqualTo("#0067a5"));

    /// <summary>The contrast of WCAG 2: (brighter + 0.05) / (darker + 0.05) of relative luminances.</summary>
    private static double Contrast(Rgb first, Rgb second)
    {
        double one = Luminance(first), other = Luminance(second);
        return (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);
    }

    private static double Luminance(Rgb colour) => (0.2126 * Linear(colour.Red)) + (0.7152 * Linear(colour.Green)) + (0.0722 * Linear(colour.Blue));

    private static double Linear(byte value) => value / 255.0 is var share and > 0.04045 ? Math.Pow((share + 0.055) / 1.055, 2.4) : value / 255.0 / 12.92;
}
