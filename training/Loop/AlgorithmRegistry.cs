using System;
using System.Collections.Generic;
using Pipeline.Training.Algorithms;

namespace Pipeline.Training.Loop;

/// <summary>The algorithms that the command line offers.</summary>
public static class AlgorithmRegistry
{
    /// <summary>All of them, in the order in which they are listed. A new algorithm adds its descriptor here.</summary>
    public static IReadOnlyList<AlgorithmDescriptor> All { get; } =
    [
        new("ppo", "Proximal policy optimisation, clipped or with a KL penalty (Schulman et al., arXiv:1707.06347)", typeof(PpoOptions), PpoPresets.For, OnPolicyTrainer.Ppo),
        new("dqn", "Deep Q-learning with its usual parts: double, dueling, noisy, prioritized, n-step (Mnih et al., 2015)", typeof(DqnOptions), DqnPresets.For, context => OffPolicy<DqnOptions>(context, Dqn.Create)),
        new("sac", "Soft actor-critic for real-valued or discrete actions, its temperature learned or fixed (Haarnoja et al., arXiv:1812.05905; Christodoulou, arXiv:1910.07207)", typeof(SacOptions), SacPresets.For, context => OffPolicy<SacOptions>(context, Sac.Create)),
        new("sac-v1", "Soft actor-critic as first published: a value function of its own, a fixed temperature (Haarnoja et al., arXiv:1801.01290)", typeof(SacV1Options), SacV1Presets.For, context => OffPolicy<SacV1Options>(context, SacV1.Create)),
        new("sql", "Soft Q-learning for real-valued or discrete actions (Haarnoja et al., arXiv:1702.08165)", typeof(SqlOptions), SqlPresets.For, context => OffPolicy<SqlOptions>(context, Sql.Create)),
    ];

    private static OffPolicyTrainer OffPolicy<TOptions>(TrainerContext context, Func<LearningContext, TOptions, IOffPolicyAlgorithm> create)
        where TOptions : OffPolicyOptions =>
        new(context, learning => create(learning, (TOptions)context.Options));
}
