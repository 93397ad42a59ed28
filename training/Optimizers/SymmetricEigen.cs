using System;
using System.Linq;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Pipeline.Training.Optimizers;

/// <summary>Eigenvectors and eigenvalues of symmetric matrices, by Math.NET's managed code in one thread: the same bits wherever it runs.</summary>
public static class SymmetricEigen
{
    static SymmetricEigen()
    {
        Control.UseManaged();
        Control.UseSingleThread();
    }

    /// <summary>Takes a matrix of second moments apart; eigenvalues that rounding has made negative become 0.</summary>
    /// <param name="matrix">[n, n], row-major, symmetric and finite.</param>
    /// <param name="vectors">Receives the eigenvectors as columns, [n, n], row-major.</param>
    /// <param name="values">Receives the n eigenvalues.</param>
    public static void Decompose(ReadOnlySpan<float> matrix, Span<float> vectors, Span<float> values)
    {
        int n = values.Length;
        double[] elements = [.. matrix.ToArray().Select(x => (double)x)];
        Evd<double> result = new DenseMatrix(n, n, elements).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric);
        for (int i = 0; i < n; i++)
        {
            values[i] = Math.Max(0, (float)result.EigenValues[i].Real);
            for (int j = 0; j < n; j++) vectors[(i * n) + j] = (float)result.EigenVectors[i, j];
        }
    }
}
