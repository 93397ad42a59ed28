using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Environments;

/// <summary>
/// The environments that can be had by name: those that come with the project, and what is registered or loaded besides. A name may carry
/// settings, as <see cref="EnvironmentSettings"/> says.
/// </summary>
public sealed class EnvironmentRegistry
{
    private readonly Dictionary<string, EnvironmentSpec> _specs = new(StringComparer.Ordinal);

    /// <summary>Makes a registry of the environments that come with the project.</summary>
    public EnvironmentRegistry()
    {
        foreach (EnvironmentSpec spec in BuiltInEnvironments.All) Register(spec);
    }

    /// <summary>All that is registered, in the order of registration.</summary>
    public IReadOnlyCollection<EnvironmentSpec> Specs => _specs.Values;

    /// <summary>Adds an environment.</summary>
    /// <param name="spec">What to add.</param>
    /// <exception cref="EnvironmentException">The name is empty, has a question mark or is taken, or the time limit is below 1.</exception>
    public void Register(EnvironmentSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (string.IsNullOrWhiteSpace(spec.Name) || spec.Name.Contains('?', StringComparison.Ordinal))
            throw new EnvironmentException($"'{spec.Name}' cannot be an environment's name: it is empty or has a question mark, which begins the settings.");
        if (spec.MaxEpisodeSteps < 1)
            throw new EnvironmentException($"{spec.Name} has a limit of {spec.MaxEpisodeSteps} steps an episode. Give at least 1, or none.");
        if (!_specs.TryAdd(spec.Name, spec))
            throw new EnvironmentException($"The name '{spec.Name}' is taken by another environment. Give yours a name of its own.");
    }

    /// <summary>Adds the environments of a user's assembly: the public classes marked with <see cref="EnvironmentAttribute"/>.</summary>
    /// <param name="path">The assembly's file. What it needs is looked for beside it.</param>
    /// <returns>What was added.</returns>
    /// <exception cref="EnvironmentException">
    /// The file is missing or no .NET assembly, no class in it is so marked, one that is cannot be made, or a name is taken. Nothing is added then.
    /// </exception>
    public IReadOnlyList<EnvironmentSpec> LoadAssembly(string path)
    {
        IReadOnlyList<EnvironmentSpec> found = EnvironmentAssembly.Load(path);
        foreach (EnvironmentSpec spec in found)
        {
            if (_specs.ContainsKey(spec.Name) || found.Count(other => other.Name == spec.Name) > 1)
                throw new EnvironmentException($"The name '{spec.Name}' of an environment in '{path}' is taken by another environment. Give it a name of its own.");
        }

        foreach (EnvironmentSpec spec in found) Register(spec);
        return found;
    }

    /// <summary>Finds an environment; settings given with the name are checked for being known, and its time limit is the one they give.</summary>
    /// <param name="name">The name, with or without settings.</param>
    /// <exception cref="EnvironmentException">There is no such environment, or it has no such setting.</exception>
    public EnvironmentSpec Find(string name) => Resolve(name).Spec;

    /// <summary>
    /// Makes one environment, without its time limit, as a host author's own loop wants it: the limit is
    /// <see cref="EnvironmentSpec.MaxEpisodeSteps"/> of <see cref="Find"/>, and <see cref="MakeVector"/> counts it.
    /// </summary>
    /// <param name="name">The name, with or without settings.</param>
    /// <exception cref="EnvironmentException">There is no such environment, or a setting is unknown or has a value that is not allowed.</exception>
    public IEnvironment Make(string name)
    {
        (EnvironmentSpec spec, EnvironmentSettings settings) = Resolve(name);
        return spec.Create(settings);
    }

    /// <summary>Makes N environments stepped together, with their time limit, in the fastest way there is.</summary>
    /// <param name="name">The name, with or without settings.</param>
    /// <param name="count">N, at least 1.</param>
    /// <exception cref="EnvironmentException">There is no such environment, or a setting is unknown or has a value that is not allowed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public IVectorEnvironment MakeVector(string name, int count)
    {
        (EnvironmentSpec spec, EnvironmentSettings settings) = Resolve(name);
        return spec.CreateVector is { } createVector
            ? createVector(count, spec.MaxEpisodeSteps)
            : new VectorEnvironment(() => spec.Create(settings), count, spec.MaxEpisodeSteps);
    }

    private (EnvironmentSpec Spec, EnvironmentSettings Settings) Resolve(string name)
    {
        EnvironmentSettings settings = EnvironmentSettings.Parse(name);
        if (!_specs.TryGetValue(settings.Environment, out EnvironmentSpec? spec))
            throw new EnvironmentException($"There is no environment '{settings.Environment}'. Did you mean '{NearestName.Of(settings.Environment, _specs.Keys)}'? There are {string.Join(", ", _specs.Keys)}.");
        settings.CheckKnown(spec.SettingNames);
        int? limit = spec.EpisodeStepsOf?.Invoke(settings) ?? spec.MaxEpisodeSteps;
        return (spec with { MaxEpisodeSteps = settings.MaxEpisodeSteps(limit) }, settings);
    }
}
