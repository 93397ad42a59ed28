using System;
using System.IO;
using Samples.Shared;

namespace Samples.Controller;

/// <summary>What the command line asks for.</summary>
/// <param name="Seconds">How long it controls.</param>
/// <param name="Angle">Where the pendulum starts, in rad; 0 is upright.</param>
/// <param name="Hertz">Ticks a second.</param>
/// <param name="FaultEvery">Every so many ticks the sensor gives no number; 0 for never.</param>
/// <param name="IsBusy">Whether a busy thread runs beside it.</param>
/// <param name="IsDry">Whether it runs without a clock.</param>
/// <param name="Model">The policy's file.</param>
internal sealed record Settings(double Seconds, double Angle, int Hertz, int FaultEvery, bool IsBusy, bool IsDry, string Model)
{
    public int Ticks => (int)(Seconds * Hertz);

    public static Settings From(Arguments arguments) => new(
        arguments.Number("--seconds", 10, 0.1, 3600),
        arguments.Number("--angle", Math.PI, -4, 4),
        arguments.Whole("--hertz", 1000, 20, 4000),
        arguments.Whole("--fault-every", 0, 0, 1_000_000),
        arguments.Has("--busy"),
        arguments.Has("--dry-run"),
        arguments.Text("--model", Path.Combine(AppContext.BaseDirectory, "policy.onnx")));
}
