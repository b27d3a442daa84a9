namespace FooBar.BadInput.Tests.Support;

/// <summary>
/// A start on a disk of its own that is filled to the last byte while it works. The disk goes with its namespace; what it held, but for what
/// filled it, lies in the state folder afterwards, as after somebody made room.
/// </summary>
internal static class SmallDisk
{
    /// <summary>Runs <c>up</c> with its state on a disk of 600 MB, which is filled as soon as a file is there.</summary>
    /// <param name="state">The state; must not exist.</param>
    /// <param name="trigger">The file whose appearance fills the disk.</param>
    /// <param name="filled">A file outside that appears when it is full.</param>
    /// <param name="environment">Added to the environment.</param>
    public static async Task<FoobarResult> UpAsync(StateOfATest state, string trigger, string filled, Dictionary<string, string?> environment)
    {
        Directory.CreateDirectory(state.Path);
        string held = state.Beside("held");
        FoobarResult up = await Namespaces.RunWithNetworkAsync(
            $$"""
            mount -t tmpfs -o size=600m none {{state.Path}}
            ( until [ -e {{trigger}} ]; do sleep 0.02; done; cat /dev/zero >{{state.Path}}/filler 2>/dev/null || : >{{filled}} ) &
            """,
            $"kill $! 2>/dev/null || :; rm {state.Path}/filler; cp -a {state.Path} {held}",
            environment,
            state.Up());
        Directory.Delete(state.Path);
        Directory.Move(held, state.Path);
        return up;
    }
}
