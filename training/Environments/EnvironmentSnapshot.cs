using System;
using System.IO;

namespace Pipeline.Training.Environments;

/// <summary>
/// A state of environments, kept in memory, to be gone back to as often as wanted: tasks, generators, time limits, wrappers and the present observations. What
/// follows is then the same bit for bit. Once it has its size, saving and going back allocate next to nothing.
/// </summary>
public sealed class EnvironmentSnapshot : IDisposable
{
    private readonly IVectorEnvironment _environments;
    private readonly MemoryStream _stream = new();
    private readonly BinaryWriter _writer;
    private readonly BinaryReader _reader;
    private readonly float[] _observations;
    private readonly float[] _masks;

    /// <summary>Makes an empty snapshot.</summary>
    /// <param name="environments">The environments; they stay their owner's.</param>
    /// <exception cref="EnvironmentException">The environments cannot be saved.</exception>
    public EnvironmentSnapshot(IVectorEnvironment environments)
    {
        ArgumentNullException.ThrowIfNull(environments);
        if (environments.RestartsOnLoad)
            throw new EnvironmentException("The environment cannot be saved inside an episode. Implement IStateful in it.");
        _environments = environments;
        _writer = new BinaryWriter(_stream);
        _reader = new BinaryReader(_stream);
        var step = new VectorStep(environments);
        (_observations, _masks) = (step.Observations, step.ActionMasks);
    }

    /// <summary>Keeps the present state in place of the one before.</summary>
    /// <param name="step">Holds the present observations and masks.</param>
    public void Save(VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _stream.SetLength(0);
        _environments.SaveState(_writer);
        _writer.Flush();
        step.Observations.CopyTo(_observations, 0);
        step.ActionMasks.CopyTo(_masks, 0);
    }

    /// <summary>Goes back to the state that was saved.</summary>
    /// <param name="step">Receives observations and masks; rewards are zeroed and flags cleared.</param>
    public void Restore(VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _stream.Position = 0;
        _environments.LoadState(_reader);
        step.Clear();
        _observations.CopyTo(step.Observations, 0);
        _masks.CopyTo(step.ActionMasks, 0);
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _stream.Dispose();
    }
}
