using System;
using System.Globalization;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// A number that may fall (or rise) linearly over the run: value(p) = Initial + p·(Final − Initial), p the share of the run's steps done.
/// Written <c>0.001</c> (constant), <c>lin_0.001</c> (falls to 0) or <c>lin_0.001_0.0001</c> (falls to the second number).
/// </summary>
/// <param name="Initial">The value at the start.</param>
/// <param name="Final">The value at the end.</param>
public readonly record struct Schedule(double Initial, double Final)
{
    /// <summary>A value that does not change.</summary>
    /// <param name="value">The value.</param>
    public static Schedule Constant(double value) => new(value, value);

    /// <summary>A value that falls linearly to 0.</summary>
    /// <param name="initial">The value at the start.</param>
    public static Schedule Linear(double initial) => new(initial, 0);

    /// <summary>A value that does not change.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Schedule(double value) => Constant(value);

    /// <summary>The value when a share of the run is done.</summary>
    /// <param name="progress">Share done; clamped to [0, 1].</param>
    public double At(double progress) => Initial + (Math.Clamp(progress, 0, 1) * (Final - Initial));

    /// <summary>Reads one of the three written forms.</summary>
    /// <param name="text">The text.</param>
    /// <param name="schedule">The schedule, where the text is one.</param>
    /// <returns>False where the text is none of the forms or a number is not finite.</returns>
    public static bool TryParse(string? text, out Schedule schedule)
    {
        schedule = default;
        if (text is null) return false;
        string[] parts = text.Split('_');
        if (parts.Length == 1 && TryNumber(parts[0], out double constant))
        {
            schedule = Constant(constant);
            return true;
        }

        if (parts[0] != "lin" || parts.Length is < 2 or > 3) return false;
        double final = 0;
        if (!TryNumber(parts[1], out double initial) || (parts.Length == 3 && !TryNumber(parts[2], out final))) return false;
        schedule = new Schedule(initial, final);
        return true;
    }

    /// <summary>The written form that <see cref="TryParse"/> reads.</summary>
    public override string ToString()
    {
        string initial = Initial.ToString("R", CultureInfo.InvariantCulture);
        if (Initial.Equals(Final)) return initial;
        return Final == 0 ? $"lin_{initial}" : $"lin_{initial}_{Final.ToString("R", CultureInfo.InvariantCulture)}";
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
