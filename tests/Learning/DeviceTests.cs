using System;
using System.IO;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Tests.Learning;

/// <summary>Training where no GPU can be had.</summary>
public sealed class DeviceTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        try
        {
            ExecutionDevice.Choose("cuda", _ => { });
        }
        catch (InvalidOperationException)
        {
            return;
        }

        Assert.Ignore("This machine has a GPU.");
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Cuda_is_refused_with_the_reason_and_leaves_no_folder()
    {
        (int code, _, string errors) = CommandRun.Run("train", "ppo", "--env", "CartPole-v1", "--steps", "256", "--device", "cuda", "--out", _folder["run"]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2), errors);
            Assert.That(errors, Does.Contain("'cuda' is not available").And.Contain("--device cpu").And.Not.Contain("should not have happened"));
            Assert.That(Directory.Exists(_folder["run"]), Is.False);
        });
    }

    [Test]
    public void Auto_trains_on_the_processor_and_says_so()
    {
        (int code, string output, string errors) = CommandRun.Run("train", "ppo", "--env", "CartPole-v1", "--steps", "256", "--device", "auto", "--out", _folder["run"]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(output + errors, Does.Contain("No CUDA device is used").And.Contain("CPU"));
        });
    }
}
