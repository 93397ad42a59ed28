using System.IO;
using System.Linq;
using System.Xml.Linq;
using NUnit.Framework;
using Pipeline.Tests.Repository;
using Pipeline.Tests.Training.Loop;
using Pipeline.Tests.Training.Rendering;

namespace Pipeline.Tests.Cli;

/// <summary>`watch`, as far as it writes files.</summary>
internal sealed class WatchCommandTests
{
    private readonly string _model = RepositoryFiles.At("models", "CartPole-v1-ppo", "policy.onnx");
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_play_is_written_as_svg_in_a_folder_that_need_not_be_there()
    {
        PipelineCommand run = Watch("--out", _folder["new/play.svg"], "--env", "CartPole-v1?max_episode_steps=20", "--episodes", "2");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        XElement svg = XDocument.Load(_folder["new/play.svg"]).Root!;
        Assert.Multiple(() =>
        {
            Assert.That((string?)svg.Attribute("width"), Is.EqualTo("480"));
            Assert.That(svg.Descendants().Select(e => (string?)e.Attribute("dur")).OfType<string>().Distinct(), Is.EqualTo(new[] { "2.8s" }), "twice 10 frames and a second of the last, at 25 a second");
            Assert.That(svg.Descendants().Select(e => e.Value), Does.Contain("episode 2 of 2   start").And.Contain("step 20   reward 1   return 20"));
            Assert.That(run.Out, Does.Contain("play.svg").And.Contain("2 episodes").And.Contain("2.8 s at 25.00 frames/s").And.Contain("truncated"));
        });
    }

    [Test]
    public void A_play_is_written_as_gif_of_the_size_and_pace_asked_for()
    {
        PipelineCommand run = Watch("--out", _folder["play.GIF"], "--size", "100", "--fps", "10", "--speed", "0.5", "--steps", "10");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var gif = new GifFile(File.ReadAllBytes(_folder["play.GIF"]));

        // 25 steps a second, every third drawn: steps 0, 3, 6 and 9, each for 12 hundredths of a second.
        Assert.Multiple(() =>
        {
            Assert.That(gif.Width, Is.EqualTo(100));
            Assert.That(gif.Delays, Is.EqualTo(new[] { 12, 12, 12, 12 }));
            Assert.That(gif.Loops, Is.Zero);
            Assert.That(run.Out, Does.Contain("cut off by --steps"));
        });
    }

    [TestCase("svg")]
    [TestCase("gif")]
    public void The_same_seed_gives_the_same_bytes_and_another_one_others(string ending)
    {
        byte[] Bytes(string seed)
        {
            string file = _folder[$"{seed}.{ending}"];
            Assert.That(Watch("--out", file, "--size", "80", "--steps", "30", "--stochastic", "--seed", seed).ExitCode, Is.Zero);
            byte[] bytes = File.ReadAllBytes(file);
            File.Delete(file);
            return bytes;
        }

        byte[] first = Bytes("4");
        Assert.That(Bytes("4"), Is.EqualTo(first));
        Assert.That(Bytes("5"), Is.Not.EqualTo(first));
    }

    [Test]
    public void All_that_is_wrong_is_told_at_once_and_nothing_is_written()
    {
        PipelineCommand run = PipelineCommand.Run("watch", _model + "x", "--out", _folder["play.mp4"], "--size", "5", "--fps", "0", "--speed", "fast", "--episodes", "0");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("policy.onnx'").And.Contain(".svg or .gif").And.Contain("--size is 5").And.Contain("--fps is '0'").And.Contain("--speed is 'fast'").And.Contain("--episodes is 0"));
            Assert.That(Directory.EnumerateFileSystemEntries(_folder.Root), Is.Empty);
        });
    }

    [Test]
    public void More_frames_than_programs_show_are_refused_for_a_gif_alone()
    {
        Assert.That(Watch("--out", _folder["play.gif"], "--fps", "60", "--steps", "3").Error, Does.Contain("from 0.01 to 50"));
        Assert.That(Watch("--out", _folder["play.svg"], "--fps", "60", "--steps", "3").ExitCode, Is.Zero);
    }

    [Test]
    public void An_environment_of_other_spaces_is_refused_before_anything_is_played()
    {
        PipelineCommand run = Watch("--out", _folder["play.svg"], "--env", "Acrobot-v1");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("Box([4]").And.Contain("Box([6]").And.Contain("trained on CartPole-v1"));
            Assert.That(Directory.EnumerateFileSystemEntries(_folder.Root), Is.Empty);
        });
    }

    [Test]
    public void Where_there_is_no_terminal_a_file_is_asked_for()
    {
        PipelineCommand run = Watch();
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("no terminal").And.Contain("--out FILE.svg"));
    }

    [Test]
    public void A_users_environment_is_shown_by_its_observation()
    {
        string assembly = Path.Combine(TestContext.CurrentContext.TestDirectory, "SampleEnvironment", "SampleEnvironment.dll");
        PipelineCommand trained = PipelineCommand.Run("train", "ppo", "--env", "corridor", "--env-assembly", assembly, "--steps", "2048", "--out", _folder["run"]);
        Assert.That(trained.ExitCode, Is.Zero, trained.Error);
        PipelineCommand run = PipelineCommand.Run("watch", _folder["run/policy.onnx"], "--env-assembly", assembly, "--out", _folder["corridor.svg"], "--stochastic");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(XDocument.Load(_folder["corridor.svg"]).Descendants().Count(e => e.Name.LocalName == "polygon"), Is.EqualTo(2), "the bar and its track");
    }

    private PipelineCommand Watch(params string[] arguments) => PipelineCommand.Run(["watch", _model, .. arguments]);
}
