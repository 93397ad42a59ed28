using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;

namespace Pipeline.Tests.Runtime;

/// <summary>The examples of the READMEs, as they stand there: compiled here and run by a test.</summary>
internal static class EmbeddingExample
{
    internal static (float[] Steering, float[] Drawn, float[] Crowd) Play(string file)
    {
        using Policy policy = Policy.Load(file);

        float[] observation = new float[policy.ObservationSpace.Size];
        float[] action = new float[policy.ActionSpace.Size];
        policy.Act(observation, action);                      // the best action; 0 bytes allocated

        var random = new RandomGenerator(seed: 42);
        float[] drawn = new float[policy.ActionSpace.Size];
        policy.Sample(observation, random, drawn);            // one from the policy's distribution

        float[] crowd = new float[100 * policy.ObservationSpace.Size];
        float[] actions = new float[100 * policy.ActionSpace.Size];
        policy.ActBatch(crowd, 100, actions);                 // a hundred agents in one call
        return (action, drawn, actions);
    }

    internal static (float[] Actions, float[] States) Remember(Policy policy, float[] observations, int agents, int i)
    {
        float[] actions = new float[agents * policy.ActionSpace.Size];
        float[] states = new float[agents * policy.StateSize];       // all agents at the start of an episode
        policy.Run(new PolicyBatch { Count = agents, Observations = observations, States = states, Actions = actions });   // reads the state, writes the next one
        policy.ResetState(states.AsSpan(i * policy.StateSize, policy.StateSize));   // agent i starts anew
        return (actions, states);
    }

    internal static (int Tool, float Angle) Part(Policy policy, float[] action)
    {
        var actions = (Dict)policy.ActionSpace;
        int tool = (int)action[actions.OffsetOf("tool")];            // a Discrete entry
        float angle = action[actions.OffsetOf("aim")];               // a Box entry
        return (tool, angle);
    }

    internal static (float[] Move, int Left) Crowd(Policy policy, float[] look)
    {
        var agents = new PolicyAgents(policy, capacity: 1000, seed: 42);
        AgentSlot knight = agents.Join();                            // or Join(stream: 7), so that its draws do not depend on when it came
        AgentSlot archer = agents.Join();
        foreach (AgentSlot agent in new[] { knight, archer }) look.CopyTo(agents.Observation(agent));
        agents.Sample();                                             // or Act(); one run for all, 0 bytes allocated
        ReadOnlySpan<float> move = agents.Action(knight);
        agents.Reset(knight);                                        // its next episode
        agents.Leave(archer);                                        // its place is free for another
        return (move.ToArray(), agents.Count);
    }

    internal static void Renew(Policy policy, string newer, string file, Action<string> log, Action play)
    {
        policy.Reload(newer);                                        // or ReloadAsync; the next calls run the new file
        using var watcher = new PolicyWatcher(policy, file, new PolicyWatcherOptions { Refused = fault => log(fault.Message) });
        play();
    }

    internal static string Describe(Policy policy) =>
        $"{policy.Manifest.Algorithm} on {policy.Manifest.Environment}: {policy.ObservationSpace} to {policy.ActionSpace}";
}
