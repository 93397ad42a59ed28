using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Pipeline.Training.Files;

namespace Pipeline.Training.Evaluation.Reports;

/// <summary>A batch as tables of comma-separated values (RFC 4180, lines ended by a line feed), numbers so that they read back exactly.</summary>
public static class CsvReport
{
    /// <summary>Writes one row an episode.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="result">What was evaluated.</param>
    /// <exception cref="IOException">The disk is full or the folder is gone.</exception>
    public static void WriteEpisodes(string path, BatchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("policy,file,environment,seed,episode,return,length,terminated,truncated,success");
            foreach (EvaluatedCell cell in result.Cells)
            {
                string start = $"{Field(cell.Policy.Label)},{Field(cell.Policy.File)},{Field(cell.Environment)},{cell.Seed}";
                for (int i = 0; i < cell.Result.Episodes; i++)
                {
                    Episode e = cell.Result.All[i];
                    writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{start},{i},{e.Return:R},{e.Length},{Flag(e.Terminated)},{Flag(e.Truncated)},{(e.Success is bool success ? Flag(success) : "")}"));
                }
            }
        });
    }

    /// <summary>Writes one row a policy and environment, all seeds taken together.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="result">What was evaluated.</param>
    /// <exception cref="IOException">The disk is full or the folder is gone.</exception>
    public static void WriteSummary(string path, BatchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var text = new StringBuilder("policy,file,sha256,environment,seeds,episodes,mean_return,ci_low,ci_high,std_return,min_return,max_return,mean_length,success_rate\n");
        foreach ((EvaluatedPolicy policy, string environment, EvaluationResult r) in result.Pairs)
        {
            double? half = r.Episodes == 1 ? null : r.ConfidenceHalfWidth;
            IEnumerable<string> numbers = new[] { r.MeanReturn, r.MeanReturn - half, r.MeanReturn + half, r.StandardDeviation, r.MinReturn, r.MaxReturn, r.MeanLength, r.SuccessRate }
                .Select(n => n?.ToString("R", CultureInfo.InvariantCulture) ?? "");
            text.Append(CultureInfo.InvariantCulture, $"{Field(policy.Label)},{Field(policy.File)},{policy.Digest},{Field(environment)},{result.Request.Seeds.Count},{r.Episodes},{string.Join(',', numbers)}\n");
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    private static string Flag(bool value) => value ? "1" : "0";

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
