using System;
using System.Collections.Generic;

namespace Pipeline.Training.Rendering.Raster;

/// <summary>Letters of five by seven dots, so that pictures need no font of the machine and are the same on all of them. Small letters are shown as capitals.</summary>
internal static class PixelFont
{
    /// <summary>Dots of a letter from above to below.</summary>
    public const int Rows = 7;

    /// <summary>Dots of a letter from left to right.</summary>
    public const int Columns = 5;

    /// <summary>Dots from one letter to the next.</summary>
    public const int Advance = 6;

    private static readonly Dictionary<char, string[]> Letters = Read(
        "ABCDEFGHIJ",
        """
        .###. ####. .###. ####. ##### ##### .###. #...# .###. ..###
        #...# #...# #...# #...# #.... #.... #...# #...# ..#.. ...#.
        #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#.
        ##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#.
        #...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#.
        #...# #...# #...# #...# #.... #.... #...# #...# ..#.. #..#.
        #...# ####. .###. ####. ##### #.... .#### #...# .###. .##..
        """,
        "KLMNOPQRST",
        """
        #...# #.... #...# #...# .###. ####. .###. ####. .#### #####
        #..#. #.... ##.## ##..# #...# #...# #...# #...# #.... ..#..
        #.#.. #.... #.#.# #.#.# #...# #...# #...# #...# #.... ..#..
        ##... #.... #.#.# #..## #...# ####. #...# ####. .###. ..#..
        #.#.. #.... #...# #...# #...# #.... #.#.# #.#.. ....# ..#..
        #..#. #.... #...# #...# #...# #.... #..#. #..#. ....# ..#..
        #...# ##### #...# #...# .###. #.... .##.# #...# ####. ..#..
        """,
        "UVWXYZ0123",
        """
        #...# #...# #...# #...# #...# ##### .###. ..#.. .###. .###.
        #...# #...# #...# #...# #...# ....# #...# .##.. #...# #...#
        #...# #...# #...# .#.#. .#.#. ...#. #..## ..#.. ....# ....#
        #...# #...# #.#.# ..#.. ..#.. ..#.. #.#.# ..#.. ...#. ..##.
        #...# #...# #.#.# .#.#. ..#.. .#... ##..# ..#.. ..#.. ....#
        #...# .#.#. ##.## #...# ..#.. #.... #...# ..#.. .#... #...#
        .###. ..#.. #...# #...# ..#.. ##### .###. .###. ##### .###.
        """,
        "456789.,:-",
        """
        ...#. ##### ..##. ##### .###. .###. ..... ..... ..... .....
        ..##. #.... .#... ....# #...# #...# ..... ..... ..##. .....
        .#.#. ####. #.... ...#. #...# #...# ..... ..... ..##. .....
        #..#. ....# ####. ..#.. .###. .#### ..... ..... ..... .###.
        ##### ....# #...# ..#.. #...# ....# ..... ..##. ..##. .....
        ...#. #...# #...# ..#.. #...# ...#. .##.. ..##. ..##. .....
        ...#. .###. .###. ..#.. .###. .##.. .##.. .##.. ..... .....
        """,
        "+()[]=/_%!",
        """
        ..... ...#. .#... .###. .###. ..... ....# ..... ##..# ..#..
        ..#.. ..#.. ..#.. .#... ...#. ..... ....# ..... ##..# ..#..
        ..#.. .#... ...#. .#... ...#. ##### ...#. ..... ...#. ..#..
        ##### .#... ...#. .#... ...#. ..... ..#.. ..... ..#.. ..#..
        ..#.. .#... ...#. .#... ...#. ##### .#... ..... .#... ..#..
        ..#.. ..#.. ..#.. .#... ...#. ..... #.... ..... #..## .....
        ..... ...#. .#... .###. .###. ..... #.... ##### #..## ..#..
        """);

    /// <summary>Whether a letter has a dot; a letter that there is not is a box.</summary>
    public static bool IsSet(char letter, int row, int column)
    {
        if (char.IsWhiteSpace(letter)) return false;
        return Letters.TryGetValue(char.ToUpperInvariant(letter), out string[]? dots)
            ? dots[row][column] == '#'
            : row is 0 or Rows - 1 || column is 0 or Columns - 1;
    }

    /// <summary>How wide words are.</summary>
    /// <param name="words">The words.</param>
    /// <param name="height">Of a letter.</param>
    public static double WidthOf(string words, double height) => Math.Max((words.Length * Advance) - 1, 0) * height / Rows;

    private static Dictionary<char, string[]> Read(params string[] bands)
    {
        var letters = new Dictionary<char, string[]>();
        for (int band = 0; band < bands.Length; band += 2)
        {
            string[] lines = bands[band + 1].ReplaceLineEndings("\n").Split('\n');
            for (int i = 0; i < bands[band].Length; i++)
                letters[bands[band][i]] = Array.ConvertAll(lines, line => line.Substring(i * Advance, Columns));
        }

        return letters;
    }
}
