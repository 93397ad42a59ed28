using System;
using System.Collections.Generic;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Loop;

/// <summary>The algorithms that the command line offers.</summary>
public static class AlgorithmRegistry
{
    /// <summary>All of them, in the order in which they are listed. A new algorithm adds its descriptor here.</summary>
    public static IReadOnlyList<AlgorithmDescriptor> All { get; } =
    [
        new("ppo", "Proximal policy optimisation, clipped or with a KL penalty (Schulman et al., arXiv:1707.06347)", typeof(PpoOptions), PpoPresets.For, context => OnPolicyTrainer.Create<PpoOptions>(context, Ppo.Create)),
        new("trpo", "Trust region policy optimisation: natural gradients with a bound on the divergence of each step (Schulman et al., arXiv:1502.05477)", typeof(TrpoOptions), TrpoPresets.For, context => OnPolicyTrainer.Create<TrpoOptions>(context, Trpo.Create)),
        new("vpg", "Policy gradient with reward-to-go, or with a learned baseline and generalised advantages (Williams, 1992; Schulman et al., arXiv:1506.02438)", typeof(VpgOptions), VpgPresets.For, context => OnPolicyTrainer.Create<VpgOptions>(context, Vpg.Create)),
        new("a2c", "Synchronous advantage actor-critic (after Mnih et al., arXiv:1602.01783)", typeof(A2cOptions), A2cPresets.For, context => OnPolicyTrainer.Create<A2cOptions>(context, A2c.Create)),
        new("acktr", "Actor-critic with Kronecker-factored natural gradients, each step within a trust region (Wu et al., arXiv:1708.05144)", typeof(AcktrOptions), AcktrPresets.For, context => OnPolicyTrainer.Create<AcktrOptions>(context, Acktr.Create)),
        new("a3c", "Asynchronous advantage actor-critic: threads that learn without a lock; the one algorithm whose runs do not repeat bit for bit (Mnih et al., arXiv:1602.01783)", typeof(A3cOptions), A3cPresets.For, context => new AsynchronousTrainer(context)),
        new("acer", "Actor-critic with experience replay: replayed sequences, Retrace, a trust region around an average policy (Wang et al., arXiv:1611.01224)", typeof(AcerOptions), AcerPresets.For, Acer),
        new("impala", "Importance-weighted actor-learners: actors apart from the learner, V-trace (Espeholt et al., arXiv:1802.01561)", typeof(ImpalaOptions), ImpalaPresets.For, context => new ImpalaTrainer(context)),
        new("dqn", "Deep Q-learning with its usual parts: double, dueling, noisy, prioritized, n-step (Mnih et al., 2015)", typeof(DqnOptions), DqnPresets.For, context => OffPolicy<DqnOptions>(context, Dqn.Create)),
        new("c51", "Categorical deep Q-learning: distributions over returns on fixed atoms (Bellemare et al., arXiv:1707.06887)", typeof(C51Options), C51Presets.For, context => OffPolicy<C51Options>(context, C51.Create)),
        new("rainbow", "All six parts of deep Q-learning together: c51, double, dueling, noisy, prioritized, 3-step (Hessel et al., arXiv:1710.02298)", typeof(C51Options), RainbowPresets.For, context => OffPolicy<C51Options>(context, C51.Create)),
        new("qr-dqn", "Quantile regression deep Q-learning (Dabney et al., arXiv:1710.10044)", typeof(QrDqnOptions), QrDqnPresets.For, context => OffPolicy<QrDqnOptions>(context, QrDqn.Create)),
        new("iqn", "Implicit quantile networks, with policies that avoid or seek risk (Dabney et al., arXiv:1806.06923)", typeof(IqnOptions), IqnPresets.For, context => OffPolicy<IqnOptions>(context, Iqn.Create)),
        new("ddpg", "Deep deterministic policy gradient: td3 with its parts turned off (Lillicrap et al., arXiv:1509.02971)", typeof(Td3Options), DdpgPresets.For, context => OffPolicy<Td3Options>(context, Td3.Create)),
        new("td3", "Twin delayed deep deterministic policy gradient (Fujimoto et al., arXiv:1802.09477)", typeof(Td3Options), Td3Presets.For, context => OffPolicy<Td3Options>(context, Td3.Create)),
        new("sac", "Soft actor-critic for real-valued or discrete actions, its temperature learned or fixed (Haarnoja et al., arXiv:1812.05905; Christodoulou, arXiv:1910.07207)", typeof(SacOptions), SacPresets.For, context => OffPolicy<SacOptions>(context, Sac.Create)),
        new("sac-v1", "Soft actor-critic as first published: a value function of its own, a fixed temperature (Haarnoja et al., arXiv:1801.01290)", typeof(SacV1Options), SacV1Presets.For, context => OffPolicy<SacV1Options>(context, SacV1.Create)),
        new("sql", "Soft Q-learning for real-valued or discrete actions (Haarnoja et al., arXiv:1702.08165)", typeof(SqlOptions), SqlPresets.For, context => OffPolicy<SqlOptions>(context, Sql.Create)),
    ];

    private static OnPolicyTrainer Acer(TrainerContext context)
    {
        var options = (AcerOptions)context.Options;
        IVectorEnvironment environments = context.Environments;
        IAcerMethod method = Algorithms.Acer.Method(environments.ObservationSpace, environments.ActionSpace, options.UseActionMasks && environments.HasActionMask, options);
        return new OnPolicyTrainer(context, method.Model, learning => new Acer(learning, method, options));
    }

    private static OffPolicyTrainer OffPolicy<TOptions>(TrainerContext context, Func<LearningContext, TOptions, IOffPolicyAlgorithm> create)
        where TOptions : OffPolicyOptions =>
        new(context, learning => create(learning, (TOptions)context.Options));
}
