namespace FooBar.AppHost.Tests;

/// <summary>File modes by the names that everyone knows.</summary>
internal static class Modes
{
    public const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode OwnerOnlyFolder = OwnerReadsAndWrites | UnixFileMode.UserExecute;
    public const UnixFileMode OwnerAndPassersByFolder = OwnerOnlyFolder | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    public const UnixFileMode OpenFolder = OwnerAndPassersByFolder | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
}
