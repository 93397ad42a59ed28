using System.Collections.Generic;
using System.IO;
using System.Linq;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace Pipeline.Tests.Training.Environments;

/// <summary>Episodes and tables recorded from Gymnasium.</summary>
internal static class Recorded
{
    public static string Directory => Path.Combine(TestContext.CurrentContext.TestDirectory, "Training", "Environments", "Data");

    public static IEnumerable<Episode> Episodes() =>
        System.IO.Directory.EnumerateFiles(Directory, "*.jsonl").Order().SelectMany(File.ReadLines).Select(line => new Episode(JObject.Parse(line)));

    public static Table Transitions(string environment) =>
        new(JObject.Parse(File.ReadAllText(Path.Combine(Directory, environment + ".P.json"))));

    internal sealed class Table(JObject json)
    {
        public int? MaxEpisodeSteps { get; } = (int?)json["max_episode_steps"];

        public double? RewardThreshold { get; } = (double?)json["reward_threshold"];

        public double[] InitialDistribution { get; } = json["initial_state_distrib"]!.Select(p => (double)p).ToArray();

        public string[] Masks { get; } = json["masks"]?.Select(m => (string)m!).ToArray() ?? [];

        public IReadOnlyList<(int State, int Action, (double Probability, int Next, double Reward, bool Terminated)[] Outcomes)> Rows { get; } =
            json["P"]!.SelectMany((actions, state) => actions.Select((outcomes, action) =>
                (state, action, outcomes.Select(o => ((double)o[0]!, (int)o[1]!, (double)o[2]!, (bool)o[3]!)).ToArray()))).ToArray();
    }

    internal sealed class Episode(JObject json)
    {
        public string Environment { get; } = (string)json["env"]!;

        public int MaxEpisodeSteps { get; } = (int)json["max_episode_steps"]!;

        public double[] FirstState { get; } = Numbers(json["state0"]!);

        public float[] FirstObservation { get; } = Singles(json["obs0"]!);

        public IReadOnlyList<Step> Steps { get; } = json["steps"]!.Select(step => new Step(
            step["a"] is JArray action ? Singles(action) : [(float)step["a"]!],
            Singles(step["o"]!),
            (double)step["r"]!,
            (bool)step["te"]!,
            (bool)step["tr"]!,
            Numbers(step["s"]!))).ToArray();

        private readonly string _name = $"{json["env"]} seed {json["seed"]} {json["policy"]}";

        public override string ToString() => _name;

        private static double[] Numbers(JToken array) => array.Select(x => (double)x).ToArray();

        private static float[] Singles(JToken array) => array.Select(x => (float)(double)x).ToArray();
    }

    internal sealed record Step(float[] Action, float[] Observation, double Reward, bool Terminated, bool Truncated, double[] State);
}
