using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Tests.Contracts;

internal sealed class PolicyManifestTests
{
    private const float Infinity = float.PositiveInfinity;

    private static IEnumerable<PolicyManifest> Manifests()
    {
        yield return Manifest(new Box([-1, -Infinity, 0.1f], [1, Infinity, 3.4e38f]), new Discrete(3), sampling: true, masks: true);
        yield return Manifest(new Discrete(500), new Box(-2, 2, 1), sampling: true, masks: false);
        yield return Manifest(new MultiDiscrete(4, 5), new MultiDiscrete(2, 3), sampling: true, masks: true);
        yield return Manifest(new MultiBinary(7), new MultiBinary(2), sampling: true, masks: false);
        yield return Manifest(new Dict(("cell", new Discrete(9)), ("speed", new Box(0, 1, 1))), new Dict(("tool", new Discrete(3)), ("aim", new Box(-1, 1, 2)), ("flags", new MultiBinary(2))), sampling: true, masks: true);
        yield return Manifest(new Dict(("camera", new Box(0, 255, 3, 8, 8)), ("cell", new Discrete(9))), new Box(-1, 1, 2, 2), sampling: false, masks: false);
    }

    [TestCaseSource(nameof(Manifests))]
    public void A_manifest_read_back_is_the_one_written(PolicyManifest manifest)
    {
        string json = manifest.ToJson();
        PolicyManifest read = PolicyManifest.Parse(json, "policy.json");
        Assert.That(read, Is.EqualTo(manifest));
        Assert.That(read.ToJson(), Is.EqualTo(json));
        Assert.That(read.ObservationSpace, Is.EqualTo(manifest.ObservationSpace));
        Assert.That(read.ActionSpace, Is.EqualTo(manifest.ActionSpace));
        Assert.That(read.Inputs, Is.EqualTo(manifest.Inputs));
        Assert.That(read.Outputs, Is.EqualTo(manifest.Outputs));
        Assert.That(read.Seed, Is.EqualTo(ulong.MaxValue - 1));
        Assert.That(read.Steps, Is.EqualTo(5_000_000_000));
        Assert.That(read.Score, Is.EqualTo(-123.25));
        Assert.That(read.Parity, Is.EqualTo(manifest.Parity));
        Assert.That(read.NormalizesObservations && read.RescalesActions);
        Assert.That(json, Does.Not.Contain("\r"));
    }

    [Test]
    public void The_text_is_the_same_every_time_and_reads_well()
    {
        PolicyManifest manifest = Manifest(new Box([-1, -Infinity], [0.1f, Infinity]), new Discrete(2), sampling: true, masks: false) with { Score = null, Parity = null };
        string json = manifest.ToJson();
        Assert.That(json, Does.StartWith("{\n  \"schema_version\": \"1.0\",\n  \"algorithm\": \"ppo\",\n  \"environment\": \"CartPole-v1\",\n  \"seed\": 18446744073709551614,\n"));
        Assert.That(json, Does.Contain("\"score\": null").And.Contain("\"parity\": null").And.Contain("\"-inf\"").And.Contain("0.1,"));
        Assert.That(JObject.Parse(json).Properties().Select(p => p.Name), Is.EqualTo(new[]
        {
            "schema_version", "algorithm", "environment", "seed", "steps", "score", "observation_space", "action_space", "inputs", "outputs",
            "recurrent", "normalizes_observations", "rescales_actions", "opset", "parity", "versions",
        }));
        Assert.That(PolicyManifest.Parse(json, "x"), Is.EqualTo(manifest));
    }

    [Test]
    public void Fields_of_a_later_minor_version_are_passed_over()
    {
        JObject json = Json();
        json["schema_version"] = "1.7";
        json["mood"] = new JObject { ["is"] = "good" };
        json["inputs"]![0]!["unit"] = "m/s";
        PolicyManifest read = PolicyManifest.Parse(json.ToString(), "later");
        Assert.That(read.SchemaVersion, Is.EqualTo("1.7"));
        Assert.That(read.Algorithm, Is.EqualTo("ppo"));
    }

    [TestCase("2.0")]
    [TestCase("0.9")]
    [TestCase("one")]
    public void Another_major_version_is_refused_without_talk_of_its_fields(string version)
    {
        var json = new JObject { ["schema_version"] = version };
        ManifestException fault = Fault(json.ToString());
        Assert.That(fault.Problems, Has.Count.EqualTo(1));
        Assert.That(fault.Message, Does.Contain($"schema_version: found '{version}'; allowed: 1.x").And.Contain("export it again"));
    }

    [TestCase("", "not JSON")]
    [TestCase("{", "not JSON")]
    [TestCase("[]", "the manifest: found a list of 0; allowed: an object")]
    [TestCase("{\"schema_version\": \"1.0\"} {}", "not JSON")]
    [TestCase("{\"a\": 1, \"a\": 2}", "not JSON")]
    [TestCase("{}", "schema_version: found nothing")]
    public void Text_that_is_no_manifest_is_refused(string json, string expected) => Assert.That(Fault(json).Message, Does.StartWith("policy.json: ").And.Contain(expected));

    [Test]
    public void Deep_nesting_is_refused() => Assert.That(Fault(new string('[', 100_000)).Message, Does.Contain("not JSON"));

    [TestCase("algorithm", "7", "algorithm: found 7")]
    [TestCase("environment", "\"\"", "environment: found ''")]
    [TestCase("seed", "-1", "seed: found -1; allowed: a whole number from 0 to 18446744073709551615")]
    [TestCase("seed", "18446744073709551616", "seed: found 18446744073709551616")]
    [TestCase("steps", "1.5", "steps: found 1.5")]
    [TestCase("score", "\"high\"", "score: found 'high'; allowed: a finite number or null")]
    [TestCase("score", "NaN", "score: found")]
    [TestCase("observation_space", "3", "observation_space: found 3; allowed: an object")]
    [TestCase("action_space", "{\"type\": \"Text\"}", "action_space.type: found 'Text'; allowed: Box, Discrete, MultiDiscrete, MultiBinary, Dict")]
    [TestCase("inputs", "{}", "inputs: found an object; allowed: a list")]
    [TestCase("outputs", "[]", "outputs[0]: found no output; allowed: action int64 [batch]")]
    [TestCase("normalizes_observations", "1", "normalizes_observations: found 1; allowed: true or false")]
    [TestCase("opset", "99", "opset: found 99; allowed: a whole number from 7 to 25")]
    [TestCase("parity", "{\"max_abs_error\": -1, \"batches\": [1]}", "parity.max_abs_error: found -1")]
    [TestCase("parity", "{\"max_abs_error\": 0, \"batches\": [0]}", "parity.batches[0]: found 0")]
    [TestCase("recurrent", "[{\"input\": \"a\", \"output\": \"b\", \"reset\": \"never\"}]", "recurrent[0].reset: found 'never'; allowed: zeros")]
    [TestCase("recurrent", "[{\"input\": \"a\", \"output\": \"b\", \"reset\": \"zeros\"}]", "recurrent[0].input: found 'a'; allowed: the name of an input")]
    [TestCase("versions", "null", "versions: found null")]
    public void A_wrong_field_is_named_with_what_is_allowed(string field, string value, string expected)
    {
        JObject json = Json();
        json[field] = JToken.Parse(value);
        Assert.That(Fault(json.ToString()).Message, Does.Contain(expected));
    }

    [Test]
    public void A_missing_field_is_named()
    {
        foreach (string field in Json().Properties().Select(p => p.Name))
        {
            JObject json = Json();
            json.Remove(field);
            Assert.That(Fault(json.ToString()).Message, Does.Contain($"{field}: found nothing"));
        }
    }

    [Test]
    public void All_problems_come_at_once()
    {
        JObject json = Json();
        json["steps"] = "many";
        json["opset"] = 3;
        json["inputs"]![0]!["dtype"] = "float16";
        json["inputs"]![0]!["shape"] = new JArray("batch", 0);
        json["outputs"]![0]!["role"] = "reply";
        ManifestException fault = Fault(json.ToString());
        Assert.That(fault.Problems.Select(p => p.Field), Is.EquivalentTo(new[] { "steps", "opset", "inputs[0].dtype", "inputs[0].shape[1]", "outputs[0].role" }));
        Assert.That(fault.Message, Does.StartWith("policy.json: 5 problems").And.Contain("float32, int64, bool").And.Contain("action_sample"));
        Assert.That(fault.ManifestSource, Is.EqualTo("policy.json"));
    }

    [Test]
    public void Parts_that_do_not_fit_together_are_named()
    {
        var box = new Box(-1, 1, 2);
        TensorSpec observation = NativeProfile.Observations(box)[0];
        TensorSpec action = NativeProfile.Action(box);
        string Problems(IEnumerable<TensorSpec> inputs, IEnumerable<TensorSpec> outputs, Space? actions = null) =>
            string.Join("\n", (new PolicyManifest(box, actions ?? box, inputs, outputs) { Algorithm = "a", Environment = "e" }).Validate());

        Assert.That(Problems([observation], [action]), Is.Empty);
        Assert.That(Problems([], [action]), Does.Contain("inputs (observations): found none; allowed: observation float32 [batch, 2] (observation)"));
        Assert.That(Problems([observation, observation], [action]), Does.Contain("inputs[1].name: found 'observation' a second time"));
        Assert.That(Problems([observation], []), Does.Contain("outputs[0]: found no output"));
        Assert.That(Problems([observation], [NativeProfile.Action(new Discrete(2))]), Does.Contain("allowed: action float32 [batch, 2]"));
        Assert.That(Problems([observation, .. NativeProfile.Noises(box)], [action]), Does.Contain("a noise input without an action_sample"));
        Assert.That(Problems([observation], [action, NativeProfile.ActionSample(box)]), Does.Contain("an action_sample without a noise input"));
        Assert.That(Problems([observation, NativeProfile.ActionMask(new Discrete(2))], [action]), Does.Contain("inputs (action_mask)").And.Contain("none for this action space"));
        Assert.That(Problems([observation, action], [action]), Does.Contain("inputs[1].role: found action; allowed: observation, action_mask, noise, reward, state_in"));
        Assert.That(Problems([observation], [NativeProfile.Action(new MultiBinary(2))], new Dict(("a", box))), Does.Contain("allowed: action float32 [batch, 2] (action), as the action space is Dict(a: Box([2], -1 to 1))"));
        TensorSpec state = new("h", TensorElement.Float32, [TensorSpec.Batch, 4], TensorRole.StateIn);
        Assert.That(Problems([observation, state], [action]), Does.Contain("the state 'h' 0 times in recurrent; allowed: once"));
        TensorSpec next = new("h2", TensorElement.Float32, [TensorSpec.Batch, 4], TensorRole.StateOut), narrow = new("h3", TensorElement.Float32, [TensorSpec.Batch, 3], TensorRole.StateOut);
        string States(StateSpec spec) => string.Join("\n", (new PolicyManifest(box, box, [observation, state], [action, next, narrow]) { Algorithm = "a", Environment = "e", Recurrent = [spec] }).Validate());
        Assert.That(States(new StateSpec("h", "h2") { SampleOutput = "h4" }), Does.Contain("recurrent[0].sample_output: found 'h4'; allowed: the name of an output with the role state_out"));
        Assert.That(States(new StateSpec("h", "h2") { SampleOutput = "h3" }), Does.Contain("recurrent[0]: found h float32 [batch, 4] (state_in), h2").And.Contain("of the same shape"));
        Assert.That(Problems([observation, new TensorSpec("reward", TensorElement.Float32, [TensorSpec.Batch], TensorRole.Reward)], [action]), Does.Contain("inputs (reward)").And.Contain("previous_reward float32 [batch, 1] (reward)"));
        Assert.That(() => new PolicyManifest(box, box, [], []).ToJson(), Throws.InstanceOf<ManifestException>());
    }

    [Test]
    public void The_native_convention_names_and_shapes_tensors_as_documented()
    {
        Assert.That(Text(NativeProfile.Observations(new Box(0, 1, 3, 8, 8))), Is.EqualTo("observation float32 [batch, 3, 8, 8] (observation)"));
        Assert.That(Text(NativeProfile.Observations(new Discrete(9))), Is.EqualTo("observation float32 [batch, 1] (observation)"));
        Assert.That(Text(NativeProfile.Observations(new MultiDiscrete(2, 2, 2))), Is.EqualTo("observation float32 [batch, 3] (observation)"));
        Assert.That(Text(NativeProfile.Observations(new Dict(("a", new MultiBinary(4)), ("b", new Box(0, 1, 2, 2))))), Is.EqualTo("a float32 [batch, 4] (observation); b float32 [batch, 2, 2] (observation)"));
        Assert.That(NativeProfile.Action(new Discrete(4)).ToString(), Is.EqualTo("action int64 [batch] (action)"));
        Assert.That(NativeProfile.Action(new MultiDiscrete(2, 3)).ToString(), Is.EqualTo("action int64 [batch, 2] (action)"));
        Assert.That(NativeProfile.ActionSample(new MultiBinary(5)).ToString(), Is.EqualTo("action_sample int64 [batch, 5] (action_sample)"));
        Assert.That(NativeProfile.Action(new Box(0, 1, 2)).ToString(), Is.EqualTo("action float32 [batch, 2] (action)"));
        Assert.That(NativeProfile.ActionMask(new MultiDiscrete(2, 3)).ToString(), Is.EqualTo("action_mask float32 [batch, 5] (action_mask)"));
        (Space Space, int Size, NoiseKind Kind)[] noises =
        [
            (new Box(0, 1, 2, 3), 6, NoiseKind.Normal), (new Discrete(4), 4, NoiseKind.Uniform), (new MultiDiscrete(2, 3), 5, NoiseKind.Uniform),
            (new MultiBinary(3), 3, NoiseKind.Uniform),
        ];
        foreach ((Space space, int size, NoiseKind kind) in noises)
        {
            Assert.That(NativeProfile.Noises(space).Select(n => (n.Name, n.RowSize, n.Noise)), Is.EqualTo(new[] { ("noise", size, kind) }));
        }

        Assert.That(() => NativeProfile.ActionMask(new MultiBinary(2)), Throws.ArgumentException.With.Message.Contains("no masks"));
    }

    [Test]
    public void The_native_convention_has_a_hybrid_action_as_one_row_with_a_noise_of_each_kind()
    {
        var hybrid = new Dict(("tool", new Discrete(3)), ("aim", new Box(-1, 1, 2, 2)), ("flags", new MultiBinary(2)), ("push", new Box(0, 1, 1)));
        Assert.That((hybrid.Size, hybrid.MaskSize), Is.EqualTo((8, 3)));
        Assert.That(NativeProfile.Action(hybrid).ToString(), Is.EqualTo("action float32 [batch, 8] (action)"));
        Assert.That(NativeProfile.ActionSample(hybrid).ToString(), Is.EqualTo("action_sample float32 [batch, 8] (action_sample)"));
        Assert.That(NativeProfile.ActionMask(hybrid).ToString(), Is.EqualTo("action_mask float32 [batch, 3] (action_mask)"));
        Assert.That(NativeProfile.Noises(hybrid).Select(n => (n.Name, n.RowSize, n.Noise)), Is.EqualTo(new[] { ("noise", 5, NoiseKind.Normal), ("uniform_noise", 5, NoiseKind.Uniform) }));
        Assert.That(NativeProfile.Noises(new Dict(("a", new Discrete(2)), ("b", new MultiDiscrete(2, 3)))).Select(n => (n.Name, n.RowSize)), Is.EqualTo(new[] { ("uniform_noise", 7) }));
        Assert.That(NativeProfile.Noises(new Dict(("a", new Box(0, 1, 3)))).Select(n => (n.Name, n.RowSize)), Is.EqualTo(new[] { ("noise", 3) }));
        Assert.That(() => NativeProfile.ActionMask(new Dict(("a", new Box(0, 1, 3)))), Throws.ArgumentException.With.Message.Contains("no masks"));
    }

    [TestCase("{\"type\": \"Box\", \"shape\": [16777216, 16777216, 2], \"low\": 0, \"high\": 1}", "space.shape: found")]
    [TestCase("{\"type\": \"Box\", \"shape\": [2], \"low\": [0], \"high\": 1}", "space.low: found a list of 1; allowed: one bound, or a list of 2")]
    [TestCase("{\"type\": \"Box\", \"shape\": [1], \"low\": 2, \"high\": 1}", "space.low: found 2 in entry 0; allowed: at most the upper bound 1")]
    [TestCase("{\"type\": \"Box\", \"shape\": [1], \"low\": \"-Infinity\", \"high\": 1e39}", "space.high: found 1E+39; allowed: a finite 32-bit number, \"inf\" or \"-inf\"")]
    [TestCase("{\"type\": \"Box\", \"shape\": [0], \"low\": 0, \"high\": 1}", "space.shape[0]: found 0")]
    [TestCase("{\"type\": \"Discrete\", \"n\": 0}", "space.n: found 0; allowed: a whole number from 1 to 16777216")]
    [TestCase("{\"type\": \"MultiDiscrete\", \"branches\": []}", "space.branches: found 0 branches")]
    [TestCase("{\"type\": \"MultiDiscrete\", \"branches\": [16777216, 1]}", "space.branches: found 2 branches with 16777217 options")]
    [TestCase("{\"type\": \"MultiBinary\", \"n\": 2.5}", "space.n: found 2.5")]
    [TestCase("{\"type\": \"Dict\", \"entries\": [{\"name\": \"a\", \"space\": {\"type\": \"Discrete\", \"n\": 16777216}}, {\"name\": \"b\", \"space\": {\"type\": \"Discrete\", \"n\": 2}}]}", "space.entries: found 16777218 options; allowed: together at most 16777216")]
    [TestCase("{\"type\": \"Dict\", \"entries\": []}", "space.entries: found an empty list")]
    [TestCase("{\"type\": \"Dict\", \"entries\": [{\"name\": \"a\", \"space\": {\"type\": \"Dict\"}}]}", "space.entries[0].space.type: found 'Dict'; allowed: Box, Discrete, MultiDiscrete, MultiBinary")]
    [TestCase("{\"type\": \"Dict\", \"entries\": [{\"name\": \"a\", \"space\": {\"type\": \"Discrete\", \"n\": 2}}, {\"name\": \"a\", \"space\": {\"type\": \"Discrete\", \"n\": 2}}]}", "space.entries[1].name: found 'a' a second time")]
    public void A_space_that_makes_no_sense_is_refused(string json, string expected) =>
        Assert.That(() => SpaceJson.Parse(JToken.Parse(json), "config.json"), Throws.InstanceOf<ManifestException>().With.Message.StartsWith("config.json: ").And.Message.Contains(expected));

    private static string Text(IEnumerable<TensorSpec> specs) => string.Join("; ", specs);

    private static JObject Json() => JObject.Parse(Manifests().First().ToJson());

    private static ManifestException Fault(string json) => Assert.Throws<ManifestException>(() => PolicyManifest.Parse(json, "policy.json"))!;

    private static PolicyManifest Manifest(Space observations, Space actions, bool sampling, bool masks) =>
        Runtime.SketchedPolicies.Manifest(observations, actions, sampling, masks) with
        {
            Algorithm = "ppo",
            Environment = "CartPole-v1",
            Seed = ulong.MaxValue - 1,
            Steps = 5_000_000_000,
            Score = -123.25,
            NormalizesObservations = true,
            RescalesActions = true,
            Parity = new ParityCheck(1.5e-7, [1, 3, 64]),
            PipelineVersion = "0.1.0",
            OnnxRuntimeVersion = "1.29.0",
        };
}
