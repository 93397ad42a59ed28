namespace Pipeline.Cli;

/// <summary>What the process answers with; documented in this folder's README.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int UserError = 2;
    public const int Worse = 3;
    public const int Undecided = 4;
    public const int Aborted = 130;
}
