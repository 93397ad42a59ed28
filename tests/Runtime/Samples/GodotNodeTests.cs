using System;
using System.Linq;
using System.Reflection;
using Godot;
using NUnit.Framework;
using Pipeline.Tests.Repository;
using Samples.GodotNode;

namespace Pipeline.Tests.Runtime.Samples;

/// <summary>Plays the engine: a node enters the tree, lives through physics frames and leaves.</summary>
[NonParallelizable]
internal sealed class GodotNodeTests
{
    private const double Frame = 1.0 / 60;

    [SetUp]
    public void OpenTheProject()
    {
        Godot.FileAccess.ProjectFolder = RepositoryFiles.At("models", "Pendulum-v1-ppo");
        GD.Errors.Clear();
    }

    [Test]
    public void The_node_swings_its_pendulum_up()
    {
        using PendulumNode node = Enter(new PendulumNode());
        Play(node, frames: 600);
        Assert.That(GD.Errors, Is.Empty);
        Assert.That((Math.Abs(node.Angle), Math.Abs(node.Speed)), Is.LessThan((0.1f, 0.1f)));
    }

    [Test]
    public void It_decides_once_a_period_and_acts_in_every_frame()
    {
        using var node = new CountingNode { DecisionPeriod = 4 };
        Enter(node);
        Play(node, frames: 10);
        Assert.That((node.Observed, node.Applied), Is.EqualTo((3, 10)));
    }

    [Test]
    public void A_frame_allocates_nothing()
    {
        using PendulumNode node = Enter(new PendulumNode());
        Play(node, frames: 10);
        Assert.That(AllocatedBytes.Of(() => Play(node, frames: 100)), Is.Zero);
    }

    [TestCase("res://nowhere.onnx")]
    [TestCase("res://README.md")]
    public void Without_a_policy_it_tells_the_engine_and_leaves_its_body_alone(string path)
    {
        using PendulumNode node = Enter(new PendulumNode { ModelPath = path, Angle = 1 });
        Play(node, frames: 5);
        Assert.That((node.IsActing, node.Angle), Is.EqualTo((false, 1f)));
        Assert.That(GD.Errors.Single(), Does.Contain(path));
    }

    [Test]
    public void Out_of_the_tree_it_holds_no_policy_and_back_in_it_loads_again()
    {
        using PendulumNode node = Enter(new PendulumNode());
        node._ExitTree();
        Assert.That((node.IsActing, node.WantsReady), Is.EqualTo((false, true)));
        node._PhysicsProcess(Frame);
        Assert.That(node.Angle, Is.EqualTo(MathF.PI));
        Enter(node);
        Assert.That(node.IsActing);
    }

    [Test]
    public void A_node_that_is_freed_lets_its_policy_go()
    {
        PendulumNode node = Enter(new PendulumNode());
        node.Dispose();
        Assert.That(node.IsActing, Is.False);
    }

    [Test]
    public void The_inspector_shows_the_file_and_the_period()
    {
        string[] shown = [.. typeof(PendulumNode).GetProperties().Where(p => p.GetCustomAttribute<ExportAttribute>() is not null).Select(p => p.Name).Order()];
        Assert.That(shown, Is.EqualTo(new[] { "Angle", "DecisionPeriod", "ModelPath" }));
    }

    [Test]
    public void Inside_the_engine_nothing_of_the_stub_is_left()
    {
        string[] lines = RepositoryFiles.Read("runtime", "Samples", "GodotNode", "GodotStub.cs").TrimEnd().Split('\n');
        string[] code = [.. lines.SkipWhile(line => line.StartsWith("//", StringComparison.Ordinal))];
        Assert.That((code[0], code[^1]), Is.EqualTo(("#if !GODOT", "#endif")));
    }

    private static T Enter<T>(T node)
        where T : Node
    {
        if (node.WantsReady) node._Ready();
        node.WantsReady = false;
        return node;
    }

    private static void Play(Node node, int frames)
    {
        for (int i = 0; i < frames; i++) node._PhysicsProcess(Frame);
    }

    private sealed partial class CountingNode : PolicyNode
    {
        public int Observed { get; private set; }

        public int Applied { get; private set; }

        protected override void Observe(Span<float> observation)
        {
            Assert.That(observation.Length, Is.EqualTo(3));
            Observed++;
        }

        protected override void Apply(ReadOnlySpan<float> action, double delta)
        {
            Assert.That((action.Length, delta), Is.EqualTo((1, Frame)));
            Applied++;
        }
    }
}
