using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;

namespace FooBar.Lab.Tests.Bare;

/// <summary>What root leaves in a user's checkout. It takes root to show it, but no lab.</summary>
public sealed class CheckoutOwnerTests
{
    [Fact]
    public async Task WhatRootWrote_IsTheCheckoutsOwnersAgain_ButForLabsAndWhatIsAnothers()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("foobar-owner-");
        try
        {
            const string Make = """
                cd "$0"
                mkdir -p artifacts/bin .foobar/tools .foobar/lab/run
                touch artifacts/bin/own artifacts/bin/others .foobar/version .foobar/tools/tool .foobar/lab/run/disk source
                ln -s /etc/passwd artifacts/link
                chown 65533 artifacts/bin/others
                chown 65534:65534 .
                """;
            await Tool.RunAsync("bash", ["-c", Make, folder.FullName], token);

            await CheckoutOwner.GiveBackAsync(folder.FullName, Path.Combine(folder.FullName, ".foobar"));

            string owners = (await Tool.RunAsync("bash", ["-c", "cd \"$0\" && stat --format='%n %u' artifacts artifacts/bin/own artifacts/bin/others artifacts/link .foobar .foobar/version .foobar/tools/tool .foobar/lab/run/disk source /etc/passwd", folder.FullName], token)).Output;
            Assert.Equal(
                [
                    "artifacts 65534", "artifacts/bin/own 65534", "artifacts/bin/others 65533", "artifacts/link 65534", ".foobar 65534", ".foobar/version 65534",
                    ".foobar/tools/tool 65534", ".foobar/lab/run/disk 0", "source 0", "/etc/passwd 0",
                ],
                owners.TrimEnd('\n').Split('\n'));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
