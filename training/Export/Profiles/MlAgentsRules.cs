using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Convention = Pipeline.Training.Export.Profiles.MlAgentsConvention;

namespace Pipeline.Training.Export.Profiles;

/// <summary>
/// What stands for the loader of Unity ML-Agents here: the checks of its model info, parameter loader and tensor generators, the operators and operator
/// sets of the Inference Engine that it runs on, and the run with zeros by which it reads the constants.
/// </summary>
internal static class MlAgentsRules
{
    private const int LowestOpset = 7, HighestOpset = 15, MostAxes = 8;

    // Those that the Inference Engine's manual lists.
    private static readonly HashSet<string> _operators =
    [
        .. ("Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Bernoulli Cast CastLike Ceil Celu Clip Compress Concat Constant " +
            "ConstantOfShape Conv ConvTranspose Cos Cosh CumSum DepthToSpace Div Dropout Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor Gather GatherElements GatherND Gemm " +
            "GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual Hardmax HardSigmoid HardSwish Identity InstanceNormalization IsInf IsNaN LayerNormalization LeakyRelu Less " +
            "LessOrEqual Log LogSoftmax LRN LSTM MatMul Max MaxPool Mean Min Mod Mul Multinomial Neg NonMaxSuppression NonZero Not OneHot Or Pad Pow PRelu RandomNormal " +
            "RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum " +
            "ReduceSumSquare Relu Reshape Resize RoiAlign Round ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign " +
            "SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where Xor").Split(' '),
    ];

    private static readonly string[] _known = [Convention.Mask, Convention.MemoryIn, "epsilon", "prev_action", "sequence_length"];

    /// <summary>Everything that keeps the host from loading a file.</summary>
    /// <param name="file">The file.</param>
    public static IReadOnlyList<string> Check(HostFile file)
    {
        var problems = new List<string>();
        Format(file, problems);
        Inputs(file, problems);
        float? version = Scalar(file, Convention.Version, problems), memory = Scalar(file, Convention.MemorySize, problems);
        if (version is < 2 or >= 4) problems.Add($"{Convention.Version} is {Text(version.Value)}; the host takes 2 and 3.");
        if (version is >= 2 and < 3) problems.Add($"{Convention.Version} is {Text(version.Value)}, the convention of ML-Agents 1.x with other inputs. Write 3.");
        Memory(file, memory, problems);
        bool numbers = Kind(file, Convention.Numbers, Convention.BestNumbers, Convention.NumbersShape, HostValue.Float, problems);
        bool choices = Kind(file, Convention.Choices, Convention.BestChoices, Convention.ChoicesShape, HostValue.Int64, problems);
        if (!numbers && !choices) problems.Add($"It has neither {Convention.Numbers} nor {Convention.Choices} among its outputs.");
        if (choices) Choices(file, problems);
        if (problems.Count == 0) Run(file, problems);
        return problems;
    }

    private static void Format(HostFile file, List<string> problems)
    {
        if (file.Opset is < LowestOpset or > HighestOpset) problems.Add($"Its operator set is {file.Opset}; the Inference Engine documents {LowestOpset} to {HighestOpset}.");
        if (file.HasExternalData) problems.Add("Tensors have their data in other files; the importer reads one file.");
        if (file.HasSubgraphs) problems.Add("It has subgraphs, functions or sparse tensors, which the importer does not take.");
        string[] unknown = [.. file.Operators.Where(o => o.Domain.Length > 0 || !_operators.Contains(o.Type)).Select(o => o.Domain.Length > 0 ? $"{o.Domain}:{o.Type}" : o.Type)];
        if (unknown.Length > 0) problems.Add($"It has operators that the Inference Engine does not import: {string.Join(", ", unknown)}.");
    }

    private static void Inputs(HostFile file, List<string> problems)
    {
        foreach (HostValue input in file.Inputs)
        {
            bool isObservation = Index(input.Name) is not null;
            if (!isObservation && !_known.Contains(input.Name)) problems.Add($"The input {input} is unknown to the host, which throws at it. It fills obs_0, obs_1, …, {string.Join(", ", _known)}.");
            if (input.Type != HostValue.Float) problems.Add($"The input {input} is not float32.");
            int axes = input.Shape?.Length ?? 0;
            if (isObservation && axes is < 2 or > 4) problems.Add($"The input {input} has {axes} axes; an observation has 2 (a vector), 3 (rows of vectors) or 4 (channels, height and width of an image).");
            if (axes is 0 or > MostAxes) problems.Add($"The input {input} has no shape, or more than {MostAxes} axes.");
            else if (input.Shape![0] >= 0 && isObservation) problems.Add($"The input {input} has a fixed batch; the host gives all its agents in one call.");
        }

        int[] indices = [.. file.Inputs.Select(i => Index(i.Name)).OfType<int>().Order()];
        if (indices.Length == 0) problems.Add("It has no observation among its inputs, such as obs_0.");
        else if (!indices.SequenceEqual(Enumerable.Range(0, indices.Length))) problems.Add($"Its observations are {string.Join(", ", indices.Select(i => $"obs_{i}"))}; the host counts them from obs_0 without a gap.");
    }

    private static void Memory(HostFile file, float? memory, List<string> problems)
    {
        HostValue? into = file.Input(Convention.MemoryIn), from = file.Output(Convention.MemoryOut);
        if (memory is null) return;
        if (memory == 0)
        {
            if (into is not null || from is not null) problems.Add($"It has {Convention.MemoryIn} or {Convention.MemoryOut} while {Convention.MemorySize} is 0.");
            return;
        }

        foreach ((string name, HostValue? value) in new[] { (Convention.MemoryIn, into), (Convention.MemoryOut, from) })
        {
            if (value is null) problems.Add($"{Convention.MemorySize} is {Text(memory.Value)}, and there is no {name}.");
            else if (value.Shape is not { Length: 3 } shape || shape[1] != 1 || shape[2] != (long)memory) problems.Add($"{value} should be float32 [batch, 1, {Text(memory.Value)}], as {Convention.MemorySize} says.");
        }
    }

    // The host looks for names that contain these, and asks for the drawn or the deterministic ones as its agent is set.
    private static bool Kind(HostFile file, string drawn, string best, string shape, int type, List<string> problems)
    {
        bool has = file.Outputs.Any(o => o.Name.Contains(drawn, StringComparison.Ordinal));
        if (!has) return false;
        foreach (string name in new[] { drawn, best })
        {
            HostValue? output = file.Output(name);
            if (output is null) problems.Add($"It has no output '{name}'; the host asks for {drawn} or {best} as its agent is set, so both must be there.");
            else if (output.Type != type) problems.Add($"The output {output} should be {(type == HostValue.Float ? "float32" : "int64")}.");
        }

        float[]? declared = Constant(file, shape, problems);
        if (declared is null) return true;
        if (declared.Sum() <= 0) problems.Add($"{shape} is {string.Join(", ", declared.Select(Text))}; it holds the number of actions.");
        long columns = type == HostValue.Float ? (long)declared[0] : declared.Length;
        if (file.Output(best)?.Shape is { Length: 2 } said && said[1] >= 0 && said[1] != columns) problems.Add($"The output {file.Output(best)} has {said[1]} columns, and {shape} says {columns}.");
        return true;
    }

    private static void Choices(HostFile file, List<string> problems)
    {
        HostValue? mask = file.Input(Convention.Mask);
        float options = file.Constant(Convention.ChoicesShape)?.Sum() ?? 0;
        if (mask is null) problems.Add($"It chooses among options and has no input {Convention.Mask}, which the host gives.");
        else if (mask.Shape is not { Length: 2 } shape || shape[1] != (long)options) problems.Add($"The input {mask} should be float32 [batch, {Text(options)}], one for each option of {Convention.ChoicesShape}.");
        if (file.Output(Convention.ChoicesShape)?.Shape is { Length: not 2 }) problems.Add($"{Convention.ChoicesShape} should be [1, branches].");
    }

    private static float? Scalar(HostFile file, string name, List<string> problems)
    {
        float[]? values = Constant(file, name, problems);
        if (values is null) return null;
        if (values.Length == 1) return values[0];
        problems.Add($"{name} has {values.Length} numbers; it is one.");
        return null;
    }

    private static float[]? Constant(HostFile file, string name, List<string> problems)
    {
        HostValue? output = file.Output(name);
        if (output is null) problems.Add($"It has no output '{name}', a constant that the host looks for.");
        else if (output.Type != HostValue.Float) problems.Add($"The output {output} should be float32: the host reads its constants as that.");
        else if (file.Constant(name) is float[] { Length: > 0 } values) return values;
        else problems.Add($"The output '{name}' is no constant of the file.");
        return null;
    }

    private static void Run(HostFile file, List<string> problems)
    {
        problems.AddRange(file.Zeros.Problems());
        float[]? branches = file.Constant(Convention.ChoicesShape);
        foreach (string name in new[] { Convention.Choices, Convention.BestChoices })
        {
            if (branches is null || !file.Zeros.Results.TryGetValue(name, out ZeroResult? result)) continue;
            if (result.Values.Length != branches.Length || result.Values.Where((v, i) => v < 0 || v >= branches[i]).Any())
                problems.Add($"With nothing allowed and zeros for all else, '{name}' is {string.Join(", ", result.Values)}; its branches have {string.Join(", ", branches.Select(Text))} options.");
        }
    }

    private static int? Index(string name) =>
        name.StartsWith("obs_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;

    private static string Text(float number) => number.ToString(CultureInfo.InvariantCulture);
}
