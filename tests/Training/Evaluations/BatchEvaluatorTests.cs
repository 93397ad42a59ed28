using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Tests.Runtime;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Evaluations;

public sealed class BatchEvaluatorTests
{
    private TemporaryFolder _folder = null!;
    private EvaluatedPolicy[] _policies = [];

    [OneTimeSetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        File.WriteAllBytes(_folder["reminded.onnx"], SketchedPolicies.File(SketchedPolicies.Reminded()));
        File.WriteAllBytes(_folder["other.onnx"], SketchedPolicies.File(SketchedPolicies.Discrete()));
        _policies = [.. EvaluatedPolicy.Load([_folder["reminded.onnx"], _folder["other.onnx"]], new PolicyOptions())];
    }

    [OneTimeTearDown]
    public void Remove()
    {
        foreach (EvaluatedPolicy policy in _policies) policy.Dispose();
        _folder.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void The_result_does_not_depend_on_the_number_of_threads(bool stochastic)
    {
        BatchResult Run(int threads) => BatchEvaluator.Run(
            new BatchRequest { Policies = [_policies[0]], Environments = ["one", "two"], Seeds = [3, 8, 1], Episodes = 1300, Stochastic = stochastic, Threads = threads },
            CountedSteps.Vector);
        BatchResult one = Run(1), five = Run(5);
        Assert.Multiple(() =>
        {
            Assert.That(one.Cells.Select(c => (c.Environment, c.Seed)), Is.EqualTo(new[] { ("one", 3ul), ("one", 8ul), ("one", 1ul), ("two", 3ul), ("two", 8ul), ("two", 1ul) }));
            for (int i = 0; i < 6; i++) Assert.That(five.Cells[i].Result.All, Is.EqualTo(one.Cells[i].Result.All));
            Assert.That(one.Cells[0].Result.All, Is.EqualTo(one.Cells[3].Result.All), "the same seed in the same task under another name");
            Assert.That(one.Cells[0].Result.All, Is.Not.EqualTo(one.Cells[1].Result.All));
            Assert.That(one.Cells.Select(c => c.Result.Episodes), Is.All.EqualTo(1300));
        });
    }

    [Test]
    public void One_cell_is_what_the_policy_does_alone()
    {
        using IVectorEnvironment environments = CountedSteps.Vector("", 50);
        BatchResult batch = BatchEvaluator.Run(new BatchRequest { Policies = [_policies[0]], Environments = ["it"], Seeds = [4], Episodes = 900 }, CountedSteps.Vector);
        Assert.That(batch.Cells[0].Result.All, Is.EqualTo(Evaluator.Evaluate(environments, _policies[0].Policy, 900, 4, stochastic: false).All));
    }

    [Test]
    public void Policies_that_do_not_fit_are_all_told_before_the_first_step()
    {
        bool stepped = false;
        IVectorEnvironment Make(string name, int count)
        {
            stepped |= count > 1;
            return CountedSteps.Vector(name, count);
        }

        EvaluationException error = Assert.Throws<EvaluationException>(() => BatchEvaluator.Run(new BatchRequest { Policies = _policies, Environments = ["one", "two"], Episodes = 3 }, Make))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Problems, Has.Count.EqualTo(4), "observations and actions in both environments");
            Assert.That(error.Message, Does.Contain("other.onnx in one: The policy observes Box([3]").And.Contain("other.onnx in two: The policy acts in Discrete(3)").And.Not.Contain("reminded"));
            Assert.That(stepped, Is.False);
        });
    }

    [Test]
    public void Policies_that_do_not_fit_are_left_out_on_request()
    {
        BatchResult result = BatchEvaluator.Run(new BatchRequest { Policies = _policies, Environments = ["one"], Episodes = 3, SkipMismatched = true }, CountedSteps.Vector);
        Assert.That(result.Skipped, Is.EqualTo(new[] { (_policies[1], "one") }));
        Assert.That(result.Cells.Select(c => c.Policy.Label), Is.EqualTo(new[] { "reminded" }));
        Assert.Throws<EvaluationException>(() => BatchEvaluator.Run(new BatchRequest { Policies = [_policies[1]], Environments = ["one"], SkipMismatched = true }, CountedSteps.Vector));
    }

    [Test]
    public void A_failing_environment_is_told_as_it_was_thrown()
    {
        IVectorEnvironment Make(string name, int count) => count == 1 ? CountedSteps.Vector(name, count) : throw new EnvironmentException("It broke.");
        EnvironmentException error = Assert.Throws<EnvironmentException>(() => BatchEvaluator.Run(new BatchRequest { Policies = [_policies[0]], Environments = ["one"], Episodes = 2000 }, Make))!;
        Assert.That(error.Message, Is.EqualTo("It broke."));
    }

    [Test]
    public void All_that_is_wrong_with_a_request_is_told_at_once() =>
        Assert.That(
            new BatchRequest { Policies = [], Seeds = [1, 1], Environments = ["a", "a"], Episodes = 0, Threads = 0 }.Validate(),
            Has.Count.EqualTo(5).And.Some.Contain("A seed is given twice").And.Some.Contain("0 episodes"));

    [Test]
    public void Progress_ends_where_everything_was_played()
    {
        var progress = new BatchProgress();
        BatchResult result = BatchEvaluator.Run(new BatchRequest { Policies = [_policies[0]], Environments = ["one"], Seeds = [1, 2], Episodes = 70 }, CountedSteps.Vector, progress);
        Assert.That((progress.Episodes, progress.TotalEpisodes, progress.Steps), Is.EqualTo((140L, 140L, result.Steps)));
    }

    [Test]
    public void Labels_are_as_short_as_tells_files_apart()
    {
        Assert.That(EvaluatedPolicy.Labels(["runs/a/policy.onnx", "runs/b/best.onnx", "c.onnx"]), Is.EqualTo(new[] { "a", "best", "c" }));
        Assert.That(EvaluatedPolicy.Labels(["x/a/policy.onnx", "y/a/policy.onnx", "z/best.onnx", "w/best.onnx"]), Is.EqualTo(new[] { "x/a", "y/a", "z/best", "w/best" }));
    }

    [Test]
    public void Policies_are_found_by_name_pattern_and_folder()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in new[] { "runs/a/policy.onnx", "runs/a/best.onnx", "runs/b/policy.onnx", "runs/b/notes.txt", "deep/x/y/policy.onnx", "loose/one.onnx" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllText(folder[file], "");
        }

        string[] problems = [];
        string[] Find(params string[] words)
        {
            var told = new List<string>();
            string[] found = [.. PolicySearch.Find(words.Select(w => folder[w]), told).Select(f => Path.GetRelativePath(folder.Root, f).Replace('\\', '/'))];
            problems = [.. told];
            return found;
        }

        Assert.Multiple(() =>
        {
            Assert.That(Find("runs/a/best.onnx"), Is.EqualTo(new[] { "runs/a/best.onnx" }));
            Assert.That(Find("runs/a"), Is.EqualTo(new[] { "runs/a/policy.onnx" }), "a run folder is its policy");
            Assert.That(Find("runs"), Is.EqualTo(new[] { "runs/a/policy.onnx", "runs/b/policy.onnx" }));
            Assert.That(Find("loose"), Is.EqualTo(new[] { "loose/one.onnx" }));
            Assert.That(Find("runs/*/*.onnx"), Is.EqualTo(new[] { "runs/a/best.onnx", "runs/a/policy.onnx", "runs/b/policy.onnx" }));
            Assert.That(Find("**/policy.onnx"), Is.EqualTo(new[] { "deep/x/y/policy.onnx", "runs/a/policy.onnx", "runs/b/policy.onnx" }));
            Assert.That(Find("runs/?", "runs/a/policy.onnx"), Is.EqualTo(new[] { "runs/a/policy.onnx", "runs/b/policy.onnx" }), "each once");
            Assert.That(problems, Is.Empty);
            Assert.That(Find("runs/c/policy.onnx", "none*"), Is.Empty);
            Assert.That(problems, Has.Length.EqualTo(2));
        });
    }
}
