using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>Losses of value functions, to be minimised. Every tensor is [B, 1]; results are scalars.</summary>
public static class ValueLosses
{
    /// <summary>mean((V − R)²), without the half that some libraries put before it.</summary>
    /// <param name="value">V</param>
    /// <param name="target">R</param>
    public static Tensor SquaredError(Tensor value, Tensor target) => Op.Mean(Op.Square(value - target));

    /// <summary>
    /// The clipped form of OpenAI's baselines: mean(max((V − R)², (V_c − R)²)), V_c = V_old + clip(V − V_old, ±ε).
    /// </summary>
    /// <param name="value">V</param>
    /// <param name="oldValue">V_old, from when the experience was collected</param>
    /// <param name="target">R</param>
    /// <param name="clipRange">ε</param>
    public static Tensor ClippedSquaredError(Tensor value, Tensor oldValue, Tensor target, double clipRange)
    {
        Tensor clipped = oldValue + Op.Clip(value - oldValue, -clipRange, clipRange);
        return Op.Mean(Op.Maximum(Op.Square(value - target), Op.Square(clipped - target)));
    }
}
