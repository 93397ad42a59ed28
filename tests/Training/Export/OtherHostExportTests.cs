using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Export;
using Pipeline.Training.Export.Profiles;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Export;

public sealed class OtherHostExportTests
{
    private static PpoOptions Brief => MlAgentsExportTests.Brief;

    private static IEnumerable<object> Tasks() => RandomTask.All();

    // What learns from replay: choices, and real numbers.
    private static readonly OffPolicyOptions[] _choosing = [new DqnOptions(), new DqnOptions { Streams = QStreams.Dueling, Layers = QLayers.Noisy }, new C51Options(), new QrDqnOptions(), new IqnOptions(), new SacOptions(), new SqlOptions()];

    private static readonly OffPolicyOptions[] _measuring = [new Td3Options(), new SacOptions(), new SacV1Options(), new SqlOptions()];

    [TestCaseSource(nameof(Tasks))]
    public void Godot_gets_flat_observations_a_state_that_it_does_not_carry_and_one_row_of_known_length(object task)
    {
        var random = (RandomTask)task;
        using Trial trial = new Trial(random.Make, Brief).Iterate(2);
        byte[] native = trial.Export().Model;
        IReadOnlyList<ActionPart> parts = ActionPart.Of(random.Actions);
        if (random.Masked || parts.Any(p => p.IsContinuous && !p.Rescales))
        {
            HostProfileException refusal = Assert.Throws<HostProfileException>(() => HostExport.Make(native, "native", HostProfile.Godot))!;
            Assert.That(refusal.Message, Does.Contain(random.Masked ? "masks" : "finite bounds"));
            return;
        }

        ExportedHostPolicy exported = HostExport.Make(native, "native", HostProfile.Godot);
        using var host = new HostSession(exported.Model);
        string[] entries = random.Observations is Dict dict ? [.. dict.Entries.Select(e => e.Key)] : ["obs"];
        Assert.Multiple(() =>
        {
            Assert.That(host.Inputs, Is.EqualTo(entries.Append("state_ins")));
            Assert.That(host.Outputs, Is.EqualTo(new[] { "output", "state_outs" }));
            Assert.That(entries.Select(e => host.Shape(e).Length), Is.All.EqualTo(2));
            Assert.That(host.Shape("state_ins"), Is.EqualTo(new[] { -1 }));
            Assert.That(host.Shape("output"), Is.EqualTo(new[] { -1, parts.Sum(p => p.IsContinuous ? p.Space.Size : p.Options) }));
            Assert.That(exported.MaxDifference, Is.LessThanOrEqualTo(1e-5));
        });
        float[] row = new float[random.Observations.Size];
        random.Observations.Sample(new RandomGenerator(3), row);
        int start = 0;
        (string, float[])[] feeds = [.. entries.Select(e =>
        {
            int size = host.Shape(e)[1];
            start += size;
            return (e, row[(start - size)..start]);
        })];
        Assert.That(host.Run(1, [.. feeds, ("state_ins", [1f])])["state_outs"], Is.EqualTo(new[] { 1f }));
    }

    [TestCaseSource(nameof(Tasks))]
    public void Sb3_gets_its_input_and_the_action_first(object task)
    {
        var random = (RandomTask)task;
        using Trial trial = new Trial(random.Make, Brief).Iterate(2);
        byte[] native = trial.Export().Model;
        if (random.Masked || random.Actions is Dict)
        {
            Assert.That(() => HostExport.Make(native, "native", HostProfile.Sb3), Throws.TypeOf<HostProfileException>().With.Message.Contains(random.Masked ? "masks" : "dictionary"));
            return;
        }

        ExportedHostPolicy exported = HostExport.Make(native, "native", HostProfile.Sb3);
        using var host = new HostSession(exported.Model);
        Assert.That(host.Inputs, Is.EqualTo(random.Observations is Dict dict ? dict.Entries.Select(e => e.Key) : ["input"]));
        Assert.That(host.Outputs, Is.EqualTo(new[] { "actions" }));
        Assert.That(host.Shape("actions")[1..], Is.EqualTo(NativeProfile.Action(random.Actions).Shape.Skip(1)));
        Assert.That(Model.Parser.ParseFrom(exported.Model).OpsetImport.Single().Version, Is.EqualTo(17));
    }

    [TestCaseSource(nameof(_choosing))]
    public void Policies_that_choose_from_replay_are_written_for_every_host(object options)
    {
        var chosen = (OffPolicyOptions)options with { HiddenSizes = [8] };
        using var trial = new ReplayTrial(new RandomTask(new Box(-1, 1, 3), new Discrete(4)).Make, chosen);
        byte[] native = trial.Trainer.Export(new RunRecord("an algorithm", "a probe", 0, 0, null)).Model;
        foreach (HostProfile profile in HostProfile.All.Skip(1))
            Assert.That(HostExport.Make(native, "native", profile, Oldest(native, profile)).MaxDifference, Is.Zero, profile.Name);
        using HostSession host = HostSession.Seeded(HostExport.Make(native, "native", HostProfile.MlAgents, Oldest(native, HostProfile.MlAgents)).Model);
        const int Count = 2000;
        float[] observations = [.. Enumerable.Repeat(new[] { 0.1f, -0.5f, 0.7f }, Count).SelectMany(r => r)], masks = [.. Enumerable.Repeat(new[] { 1f, 0, 1, 1 }, Count).SelectMany(r => r)];
        float[] drawn = host.Run(Count, ("obs_0", observations), ("action_masks", masks))["discrete_actions"];
        Assert.That(drawn, Is.All.AnyOf(0f, 2f, 3f), "what the host masks is never tried");
    }

    [TestCaseSource(nameof(_measuring))]
    public void Policies_of_real_numbers_from_replay_are_written_for_every_host_and_squash_as_sb3s_do(object options)
    {
        var chosen = (OffPolicyOptions)options with { HiddenSizes = [8] };
        using var trial = new ReplayTrial(new RandomTask(new Box(-1, 1, 3), new Box([-2, 0], [4, 10])).Make, chosen);
        byte[] native = trial.Trainer.Export(new RunRecord("sac", "a probe", 0, 0, null)).Model;
        foreach (HostProfile profile in HostProfile.All.Skip(1)) Assert.That(HostExport.Make(native, "native", profile, Oldest(native, profile)).MaxDifference, Is.LessThan(1e-5), profile.Name);
        ExportedHostPolicy sb3 = HostExport.Make(native, "native", HostProfile.Sb3);
        using var host = new HostSession(sb3.Model);
        using Policy policy = Policy.Load(native, "native");
        float[] observation = [0.3f, -0.9f, 0.2f], said = host.Run(1, ("input", observation))["actions"], action = Trial.Act(policy, observation);
        Assert.That(new[] { -2 + (3 * (said[0] + 1)), 5 * (said[1] + 1) }, Is.EqualTo(action).Within(1e-5), "the documented unscaling gives the native action");
        Assert.That(JObject.Parse(sb3.Manifest)["mapping"]!["post_processing"]!.ToString(), Does.StartWith("low + 0.5"));
    }

    [Test]
    public void Of_a_hybrid_action_godot_gets_deviations_after_each_block_of_numbers()
    {
        using var trial = new Trial(new RandomTask(new Box(-1, 1, 2), new Dict(("tool", new Discrete(3)), ("aim", new Box(0, 10, 2)), ("flags", new MultiBinary(1)))).Make, Brief with { InitialLogStd = -2 });
        ExportedHostPolicy exported = HostExport.Make(trial.Export().Model, "native", HostProfile.Godot);
        using var host = new HostSession(exported.Model);
        float[] row = host.Run(1, ("obs", [0.2f, -0.3f]), ("state_ins", [1f]))["output"], said = trial.Evaluate([0.2f, -0.3f]).Outputs;
        Assert.That(row, Is.EqualTo(new[] { said[0], said[1], said[2], said[3], said[4], -2, -2, 0, said[5] }).Within(1e-5));
        Assert.That(JObject.Parse(exported.Manifest)["mapping"]!["keys"]!.Select(k => ((string)k["action_type"]!, (int)k["size"]!)), Is.EqualTo(new[] { ("discrete", 3), ("continuous", 2), ("discrete", 2) }));
    }

    [Test]
    public void A_policy_that_remembers_goes_to_ml_agents_alone()
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, Brief with { Memory = MemoryKind.Gru, MemorySize = 6 }).Iterate();
        byte[] native = trial.Export().Model;
        Assert.Multiple(() =>
        {
            Assert.That(() => HostExport.Make(native, "native", HostProfile.Godot), Throws.TypeOf<HostProfileException>().With.Message.Contains("nothing is carried"));
            Assert.That(() => HostExport.Make(native, "native", HostProfile.Sb3), Throws.TypeOf<HostProfileException>().With.Message.Contains("no state"));
            Assert.That(() => HostExport.Make(native, "native", HostProfile.MlAgents), Throws.Nothing);
        });
    }

    [Test]
    public void The_file_says_what_it_is_and_the_runtime_refuses_it_by_its_profile()
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box([-2, 0], [4, 10])).Make, Brief).Iterate();
        byte[] native = trial.Export(seed: 5).Model;
        ExportedHostPolicy exported = HostExport.Make(native, "native", HostProfile.MlAgents);
        JObject said = JObject.Parse(exported.Manifest);
        Assert.Multiple(() =>
        {
            Assert.That((string)said["profile"]!, Is.EqualTo("ml-agents"));
            Assert.That(((string)said["algorithm"]!, (int)said["seed"]!, (int)said["opset"]!), Is.EqualTo(("ppo", 5, 9)));
            Assert.That((string)said["source"]!["sha256"]!, Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(native))));
            Assert.That((string)said["mapping"]!["continuous"]![0]!["action"]!, Is.EqualTo("low + (x + 1) * (high - low) / 2"));
            Assert.That(Model.Parser.ParseFrom(exported.Model).MetadataProps.Single().Value, Is.EqualTo(exported.Manifest));
            Assert.That(() => Policy.Load(exported.Model, "mine.onnx"), Throws.TypeOf<PolicyLoadException>().With.Message.Contains("mine.onnx").And.Message.Contains("'ml-agents'").And.Message.Contains("native"));
            Assert.That(() => HostExport.Make(exported.Model, "mine.onnx", HostProfile.Godot), Throws.TypeOf<PolicyLoadException>());
        });
    }

    [Test]
    public void The_same_policy_gives_the_same_bytes()
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Discrete(2)).Make, Brief).Iterate();
        byte[] native = trial.Export().Model;
        byte[] Make(HostProfile profile) => HostExport.Make(native, "native", profile).Model;
        foreach (HostProfile profile in HostProfile.All.Skip(1))
        {
            byte[] first = Make(profile), second = Make(profile);
            Assert.That(second, Is.EqualTo(first), profile.Name);
        }
    }

    [TestCase(13)]
    [TestCase(14)]
    [TestCase(17)]
    public void A_native_file_of_another_operator_set_acts_alike_in_the_runtime(int opset)
    {
        using Trial trial = new Trial(new RandomTask(new Dict(("place", new Discrete(3)), ("seen", new Box(-1, 1, 2))), new Box(-2, 2, 2)).Make, Brief with { Memory = MemoryKind.Lstm, MemorySize = 4 }).Iterate();
        byte[] native = trial.Export().Model;
        ExportedPolicy other = NativeOpset.Make(native, "native", opset);
        using Policy policy = Policy.Load(other.Model, "other");
        Assert.That((policy.Manifest.Opset, other.Manifest.Opset), Is.EqualTo((opset, opset)));
        Assert.That(NativeOpset.Make(native, "native", null).Model, Is.EqualTo(native));
        Assert.That(() => NativeOpset.Make(native, "native", 18), Throws.TypeOf<HostProfileException>().With.Message.Contains("13 to 17"));
    }

    [Test]
    public void A_file_that_does_not_act_as_the_native_one_is_refused()
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, Brief).Iterate();
        byte[] native = trial.Export().Model;
        Model other = Model.Parser.ParseFrom(HostExport.Make(native, "native", HostProfile.Godot).Model);
        TensorData weights = other.Graph.Initializer.First(i => i.Dims.Count == 2 && i.RawData.Length > 16);
        byte[] raw = weights.RawData.ToByteArray();
        BitConverter.GetBytes(BitConverter.ToSingle(raw, 0) + 0.01f).CopyTo(raw, 0);
        weights.RawData = Google.Protobuf.ByteString.CopyFrom(raw);
        PolicyManifest manifest = Policy.Load(native, "native").Manifest;
        HostInput[] inputs = [new("obs", HostInputKind.Observation, [-1, 3]), new("state_ins", HostInputKind.One, [-1])];
        var check = new HostParity(native, manifest, Google.Protobuf.MessageExtensions.ToByteArray(other), new GodotConvention(), inputs);
        Assert.That(() => check.Run(), Throws.TypeOf<ParityException>().With.Message.Contains("Godot RL Agents").And.Message.Contains("1E-05"));
    }

    // IQN gathers by element, which came with operator set 11.
    private static int Oldest(byte[] native, HostProfile profile) => Model.Parser.ParseFrom(native).Graph.Node.Any(n => n.OpType is "GatherElements" or "CumSum") ? 11 : profile.LowestOpset;
}
