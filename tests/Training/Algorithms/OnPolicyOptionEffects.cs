using System;
using System.Collections.Generic;
using NUnit.Framework;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Whether each option of an on-policy algorithm does anything.</summary>
/// <typeparam name="TOptions">Its options.</typeparam>
/// <param name="start">Settings that learn.</param>
/// <param name="own">For each option that needs a row of its own an environment where it matters, and two settings that must not learn the same.</param>
/// <param name="iterations">Rollouts to learn from.</param>
internal sealed class OnPolicyOptionEffects<TOptions>(TOptions start, IReadOnlyDictionary<string, (string Environment, TOptions One, TOptions Other)> own, int iterations = 3)
    where TOptions : OnPolicyOptions
{
    private static readonly EnvironmentRegistry Registry = new();

    /// <summary>For each option that all on-policy algorithms have an environment where it matters, and another setting of it.</summary>
    private static readonly Dictionary<string, (string Environment, Func<OnPolicyOptions, OnPolicyOptions> Change)> Shared = new()
    {
        [nameof(OnPolicyOptions.TotalSteps)] = ("CartPole-v1", o => o with { TotalSteps = 4096 }),
        [nameof(OnPolicyOptions.EnvironmentCount)] = ("CartPole-v1", o => o with { EnvironmentCount = 8 }),
        [nameof(OnPolicyOptions.RolloutLength)] = ("CartPole-v1", o => o with { RolloutLength = 16 }),
        [nameof(OnPolicyOptions.Gamma)] = ("CartPole-v1", o => o with { Gamma = 0.9 }),
        [nameof(OnPolicyOptions.GaeLambda)] = ("CartPole-v1", o => o with { GaeLambda = 0.5 }),
        [nameof(OnPolicyOptions.MaxGradientNorm)] = ("CartPole-v1", o => o with { MaxGradientNorm = 0.01 }),
        [nameof(OnPolicyOptions.NormalizeObservations)] = ("CartPole-v1", o => o with { NormalizeObservations = true }),
        [nameof(OnPolicyOptions.NormalizeRewards)] = ("Pendulum-v1", o => o with { NormalizeRewards = true }),
        [nameof(OnPolicyOptions.UseActionMasks)] = ("Taxi-v4", o => o with { UseActionMasks = false }),
        [nameof(OnPolicyOptions.HiddenSizes)] = ("CartPole-v1", o => o with { HiddenSizes = [] }),
        [nameof(OnPolicyOptions.Activation)] = ("CartPole-v1", o => o with { Activation = Activation.Relu }),
        [nameof(OnPolicyOptions.InitialLogStd)] = ("Pendulum-v1", o => o with { InitialLogStd = -1 }),
    };

    /// <summary>Asserts that an option has an effect; one without a row is not known to.</summary>
    public void Assert(string option)
    {
        (string environment, OnPolicyOptions one, OnPolicyOptions other) = own.TryGetValue(option, out var row) ? row : FromShared(option);
        Assert(environment, one, other);
    }

    /// <summary>Asserts that two settings do not learn the same.</summary>
    public void Assert(string environment, OnPolicyOptions one, OnPolicyOptions other) => OptionEffect.Assert(Learn(environment, one), Learn(environment, other));

    private (string Environment, OnPolicyOptions One, OnPolicyOptions Other) FromShared(string option)
    {
        NUnit.Framework.Assert.That(Shared, Contains.Key(option), "an option without a row here is not known to do anything");
        (string environment, Func<OnPolicyOptions, OnPolicyOptions> change) = Shared[option];
        return (environment, start, change(start));
    }

    private float[] Learn(string environment, OnPolicyOptions options)
    {
        using var trial = new Trial(Registry.MakeVector(environment, options.EnvironmentCount), options);
        return trial.Iterate(iterations).Trainer.Parameters.Values.ToArray();
    }
}
