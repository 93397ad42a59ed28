using System;
using System.IO;

namespace Pipeline.Tests.Training.Loop;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public string Root => _path;

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
