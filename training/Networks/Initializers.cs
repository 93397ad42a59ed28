using System;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Networks;

/// <summary>Writes a parameter's starting values.</summary>
/// <param name="random">Where the randomness comes from.</param>
/// <param name="shape">The parameter's shape. Weights of dense layers are [inputs, outputs], of convolutions [out, in, height, width].</param>
/// <param name="values">Receives the values, row-major.</param>
public delegate void Initializer(RandomGenerator random, Shape shape, Span<float> values);

/// <summary>The usual ways for parameters to start.</summary>
public static class Initializers
{
    /// <summary>The same number everywhere.</summary>
    /// <param name="value">The number.</param>
    public static Initializer Constant(double value) => (_, _, values) => values.Fill((float)value);

    /// <summary>Uniform in ±bound.</summary>
    /// <param name="bound">The bound.</param>
    public static Initializer Uniform(double bound) => (random, _, values) =>
    {
        for (int i = 0; i < values.Length; i++) values[i] = (float)random.NextDouble(-bound, bound);
    };

    /// <summary>Uniform in ±1/√inputs, the default of PyTorch's linear layers, for weights and (with the weights' number of inputs) biases.</summary>
    /// <param name="inputs">The layer's number of inputs.</param>
    public static Initializer FanIn(long inputs) => Uniform(1 / Math.Sqrt(inputs));

    /// <summary>
    /// A matrix with orthonormal rows or columns (whichever are fewer), times a gain (Saxe et al., arXiv:1312.6120): Gaussian numbers
    /// made orthonormal by the modified Gram–Schmidt process, which is the QR decomposition with a positive diagonal.
    /// </summary>
    /// <param name="gain">The factor.</param>
    public static Initializer Orthogonal(double gain) => (random, shape, values) =>
    {
        // A convolution's kernel counts as [out, in · height · width].
        int rows = (int)shape[0].Value;
        int columns = values.Length / rows;
        bool tall = rows >= columns;
        int vectors = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double[][] basis = new double[vectors][];
        for (int v = 0; v < vectors; v++)
        {
            double[] vector = basis[v] = new double[length];
            for (int i = 0; i < length; i++) vector[i] = random.NextGaussian();
            // Twice: the second pass removes what rounding left of the first.
            for (int pass = 0; pass < 2; pass++)
            {
                for (int earlier = 0; earlier < v; earlier++) RemoveComponent(vector, basis[earlier]);
            }

            double norm = Math.Sqrt(Dot(vector, vector));
            for (int i = 0; i < length; i++) vector[i] /= norm;
        }

        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                values[(r * columns) + c] = (float)(gain * (tall ? basis[c][r] : basis[r][c]));
        }
    };

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void RemoveComponent(double[] vector, double[] unit)
    {
        double component = Dot(vector, unit);
        for (int i = 0; i < vector.Length; i++) vector[i] -= component * unit[i];
    }
}
