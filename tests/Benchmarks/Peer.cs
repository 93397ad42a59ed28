using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace Pipeline.Benchmarks;

/// <summary>The PyTorch scripts beside this file, each of which prints one number.</summary>
internal static class Peer
{
    /// <summary>Runs one, with as many threads as it is told; scripts that do not say so have one.</summary>
    public static double Measure(string python, string script, int batch, string form, int threads = 1)
    {
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, script), batch.ToString(CultureInfo.InvariantCulture), form]) { RedirectStandardOutput = true };
        // What makes the comparison fair to the peer: its own choice of matrix kernels, memory kept instead of returned to the system.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OPENBLAS_L2_SIZE");
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "1073741824";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "4294967296";
        start.Environment["MALLOC_TOP_PAD_"] = "67108864";
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(text, CultureInfo.InvariantCulture);
    }
}
