using System;
using System.Collections.Generic;

namespace Pipeline.Training.Engine.Operators;

/// <summary>Where values come from: inputs and constants. They are written by the model writer itself.</summary>
public static class Sources
{
    /// <summary>A named input.</summary>
    public static readonly Operator Input = new("Input", (_, _) => throw new InvalidOperationException("Declare inputs with Graph.Input."), null, (_, _) => { });

    /// <summary>A constant.</summary>
    public static readonly Operator Constant = new("Constant", (_, _) => throw new InvalidOperationException("Make constants with Graph.Constant."), null, (e, t) => e.Constant(t));

    internal static IReadOnlyList<Operator> Rows => [Input, Constant];
}
