using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;

namespace Pipeline.Training.Loop;

/// <summary>Makes N environments of a name.</summary>
/// <param name="name">The registered name.</param>
/// <param name="assembly">The full path of the assembly that brings it; null for one that we ship.</param>
/// <param name="count">N, at least 1.</param>
/// <exception cref="EnvironmentException">The name, the assembly or the environment is wrong.</exception>
public delegate IVectorEnvironment MakeEnvironments(string name, string? assembly, int count);

/// <summary>A request made complete and checked as a whole, before the first step.</summary>
public sealed class ResolvedRun : IDisposable
{
    /// <summary>Where graphs can run.</summary>
    public static readonly IReadOnlyList<string> Devices = ["cpu", "cuda", "auto"];

    // What the updates of small networks can use.
    private const int DefaultThreads = 2;
    private readonly AlgorithmDescriptor _algorithm;
    private readonly MakeEnvironments _make;
    private IVectorEnvironment? _environments;

    private ResolvedRun(RunConfig config, AlgorithmDescriptor algorithm, IVectorEnvironment environments, MakeEnvironments make)
    {
        Config = config;
        _make = make;
        _algorithm = algorithm;
        _environments = environments;
        ResumesExactly = !environments.RestartsOnLoad;
    }

    /// <summary>What the run is.</summary>
    public RunConfig Config { get; }

    /// <summary>Whether a resumed run repeats the unbroken one bit for bit: false for a user's environment whose state cannot be saved.</summary>
    public bool ResumesExactly { get; }

    /// <summary>Completes a request with the shipped values and checks it.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="algorithms">The algorithms there are.</param>
    /// <param name="make">Makes the environments.</param>
    /// <exception cref="UserErrorException">Something is wrong; all of it is told.</exception>
    public static ResolvedRun From(RunRequest request, IReadOnlyList<AlgorithmDescriptor> algorithms, MakeEnvironments make)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(algorithms);
        ArgumentNullException.ThrowIfNull(make);
        var problems = new List<string>();
        AlgorithmDescriptor? algorithm = FindAlgorithm(request.Algorithm, algorithms, problems);
        IAlgorithmOptions? options = algorithm is null
            ? null
            : OptionBinder.Bind(DefaultOptions(algorithm, request), request.Options, algorithm.Name, problems);
        CheckNumbers(request, problems);
        IVectorEnvironment? environments = TryMake(request, Math.Max(1, options?.EnvironmentCount ?? 1), make, problems);
        if (environments is not null && options is not null)
            problems.AddRange(Validate(options, environments));
        if (problems.Count > 0 || algorithm is null || options is null || environments is null)
        {
            environments?.Dispose();
            throw new UserErrorException(problems);
        }

        long total = options.TotalSteps;
        var config = new RunConfig
        {
            Algorithm = algorithm.Name,
            Environment = request.Environment!,
            EnvironmentAssembly = RunRequest.FullPath(request.EnvironmentAssembly),
            Seed = request.Seed ?? 0,
            Device = request.Device ?? "cpu",
            Threads = request.Threads ?? Math.Min(Environment.ProcessorCount, DefaultThreads),
            Options = options,
            LogEvery = request.LogEvery ?? Math.Max(1, total / 200),
            CheckpointEvery = request.CheckpointEvery ?? Math.Clamp(total / 10, 1, 1_000_000),
            KeepCheckpoints = request.KeepCheckpoints ?? 2,
            EvaluateEvery = request.EvaluateEvery,
            EvaluateEpisodes = request.EvaluateEpisodes ?? 50,
        };
        return new ResolvedRun(config, algorithm, environments, make);
    }

    /// <summary>Makes the trainer, which then owns the environments. Called once.</summary>
    /// <param name="log">Receives messages for the person watching.</param>
    public ITrainer CreateTrainer(Action<string> log)
    {
        IVectorEnvironment environments = _environments ?? throw new InvalidOperationException("The trainer of this run was made already. Resolve the request again for another one.");
        _environments = null;
        IVectorEnvironment MakeMore() => _make(Config.Environment, Config.EnvironmentAssembly, Config.Options.EnvironmentCount);
        return _algorithm.Create(new TrainerContext(environments, Config.Options, Config.Seed, Config.Device, log, Config.Threads, MakeMore));
    }

    /// <summary>Makes the scoring of the policy in training; null where none was asked for.</summary>
    public PolicyScoring? CreateScoring() => Config.EvaluateEvery is not long every
        ? null
        : new PolicyScoring(_make(Config.Environment, Config.EnvironmentAssembly, Config.EvaluateEpisodes), every, Config.EvaluateEpisodes, Config.Seed);

    /// <summary>Disposes the environments where no trainer was made.</summary>
    public void Dispose() => _environments?.Dispose();

    private static IEnumerable<string> Validate(IAlgorithmOptions options, IVectorEnvironment environments)
    {
        Space observations = environments.ObservationSpace, actions = environments.ActionSpace;
        foreach (string problem in options.Validate(observations, actions).Concat(ActorExport.NameProblems(observations)))
            yield return problem;
        if (options.ReturnsToStates && environments.RestartsOnLoad)
            yield return "The environment cannot be saved inside an episode, and the options go back to states of it. Implement IStateful in the environment, or use sampling=single_path.";
    }

    /// <summary>The shipped options for a request's environment, whatever settings follow its name.</summary>
    internal static IAlgorithmOptions DefaultOptions(AlgorithmDescriptor algorithm, RunRequest request) =>
        algorithm.DefaultOptions((request.Environment ?? "").Split('?')[0]);

    private static AlgorithmDescriptor? FindAlgorithm(string? name, IReadOnlyList<AlgorithmDescriptor> algorithms, List<string> problems)
    {
        AlgorithmDescriptor? algorithm = algorithms.FirstOrDefault(a => a.Name == name);
        if (string.IsNullOrEmpty(name))
            problems.Add($"No algorithm was given. There are: {string.Join(", ", algorithms.Select(a => a.Name))}.");
        else if (algorithm is null)
            problems.Add($"There is no algorithm '{name}'.{NearestChoice.Hint(name, algorithms.Select(a => a.Name))}");
        return algorithm;
    }

    private static void CheckNumbers(RunRequest request, List<string> problems)
    {
        if (request.Device is string device && !Devices.Contains(device))
            problems.Add($"The device is '{device}'; allowed: {string.Join(", ", Devices)}. The nearest is '{NearestName.Of(device, Devices)}'.");
        if (request.Device == "cuda") CheckCuda(problems);
        if (request.Threads < 1) problems.Add($"threads is {request.Threads}; it is at least 1.");
        if (request.LogEvery < 1) problems.Add($"log_every is {request.LogEvery}; it is a number of environment steps, at least 1.");
        if (request.CheckpointEvery < 1) problems.Add($"checkpoint_every is {request.CheckpointEvery}; it is a number of environment steps, at least 1.");
        if (request.EvaluateEvery < 1) problems.Add($"evaluate_every is {request.EvaluateEvery}; it is a number of environment steps, at least 1.");
        if (request.EvaluateEpisodes < 1) problems.Add($"evaluate_episodes is {request.EvaluateEpisodes}; it is at least 1.");
        if (request.KeepCheckpoints < 1) problems.Add($"keep_checkpoints is {request.KeepCheckpoints}; at least 1 is kept.");
    }

    private static void CheckCuda(List<string> problems)
    {
        try
        {
            ExecutionDevice.Choose("cuda", _ => { });
        }
        catch (InvalidOperationException e)
        {
            problems.Add(e.Message);
        }
    }

    private static IVectorEnvironment? TryMake(RunRequest request, int count, MakeEnvironments make, List<string> problems)
    {
        if (string.IsNullOrEmpty(request.Environment))
        {
            problems.Add("No environment was given. Name one with --env; `list environments` shows them.");
            return null;
        }

        try
        {
            return make(request.Environment, RunRequest.FullPath(request.EnvironmentAssembly), count);
        }
        catch (EnvironmentException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }
}
