using System;
using Pipeline.Runtime;

namespace Pipeline.Tests.Repository.Snippets;

/// <summary>The embedding example of the README, compiled and run.</summary>
internal static class Embedding
{
    public static void Run()
    {
        #region snippet
        using Policy policy = Policy.Load("models/CartPole-v1-ppo/policy.onnx");
        float[] observation = new float[policy.ObservationSpace.Size];
        float[] action = new float[policy.ActionSpace.Size];

        observation[2] = 0.05f;             // what your program sees: here a pole that leans to the right
        policy.Act(observation, action);    // every frame, from any thread; 0 bytes allocated
        Console.WriteLine(action[0]);       // 1: push to the right
        #endregion
    }
}
