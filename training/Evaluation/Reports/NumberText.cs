using System;
using System.Globalization;

namespace Pipeline.Training.Evaluation.Reports;

/// <summary>Numbers as a person reads them.</summary>
public static class NumberText
{
    /// <summary>Four significant digits, without an exponent where a person would not write one.</summary>
    /// <param name="value">The number.</param>
    public static string Short(double value)
    {
        double size = Math.Abs(value);
        if (!double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        if (size >= 1000) return value.ToString("N0", CultureInfo.InvariantCulture);
        if (size >= 100) return value.ToString("0.0", CultureInfo.InvariantCulture);
        if (size >= 10) return value.ToString("0.00", CultureInfo.InvariantCulture);
        return size is >= 0.001 or 0 ? value.ToString("0.####", CultureInfo.InvariantCulture) : value.ToString("0.0e0", CultureInfo.InvariantCulture);
    }
}
