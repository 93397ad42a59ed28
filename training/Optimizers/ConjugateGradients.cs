using System;
using System.Numerics.Tensors;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// Solves A·x = b for a symmetric positive definite A of which only products with vectors are known (Hestenes and Stiefel, 1952), from x = 0 on. Vectors are
/// kept from one solution to the next: solving allocates nothing.
/// </summary>
public sealed class ConjugateGradients
{
    // Where ‖r‖² is below this there is nothing left to solve in 32-bit numbers; the bound of OpenAI's baselines.
    private const float SmallestResidual = 1e-10f;
    private readonly float[] _direction;
    private readonly float[] _product;
    private readonly float[] _residual;

    /// <summary>Makes the vectors.</summary>
    /// <param name="length">Elements of x and b.</param>
    public ConjugateGradients(int length)
    {
        _direction = new float[length];
        _product = new float[length];
        _residual = new float[length];
        Solution = new float[length];
    }

    /// <summary>Computes A·v.</summary>
    /// <param name="vector">v</param>
    /// <param name="product">Receives A·v.</param>
    public delegate void Multiply(ReadOnlySpan<float> vector, Span<float> product);

    /// <summary>x, of the latest solution.</summary>
    public float[] Solution { get; }

    /// <summary>r = b − A·x, as the recursion has it.</summary>
    public ReadOnlySpan<float> Residual => _residual;

    /// <summary>Steps that the latest solution took.</summary>
    public int Steps { get; private set; }

    /// <summary>Solves.</summary>
    /// <param name="multiply">Computes A·v.</param>
    /// <param name="b">The right side.</param>
    /// <param name="steps">The most steps.</param>
    public void Solve(Multiply multiply, ReadOnlySpan<float> b, int steps)
    {
        ArgumentNullException.ThrowIfNull(multiply);
        Array.Clear(Solution);
        b.CopyTo(_residual);
        b.CopyTo(_direction);
        float squared = TensorPrimitives.SumOfSquares<float>(_residual);
        for (Steps = 0; Steps < steps && squared >= SmallestResidual; Steps++)
        {
            multiply(_direction, _product);
            float step = squared / TensorPrimitives.Dot<float>(_direction, _product);
            TensorPrimitives.MultiplyAdd<float>(_direction, step, Solution, Solution);
            TensorPrimitives.MultiplyAdd<float>(_product, -step, _residual, _residual);
            float next = TensorPrimitives.SumOfSquares<float>(_residual);
            TensorPrimitives.MultiplyAdd<float>(_direction, next / squared, _residual, _direction);
            squared = next;
        }
    }
}
