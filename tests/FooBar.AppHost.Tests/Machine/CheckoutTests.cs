using FooBar.AppHost.Machine;
using FooBar.Testing;

namespace FooBar.AppHost.Tests.Machine;

public sealed class CheckoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Root_IsTheFolderOfTheSolution()
    {
        Assert.Equal(RepositoryRoot.Path, Checkout.Root);
        Assert.Equal(Path.Combine(RepositoryRoot.Path, "artifacts"), Checkout.Artifacts);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/usr/bin")]
    [InlineData("/usr/nowhere/deeper")]
    public void Folder_ThatAnyoneMayPass_IsOpenToAll(string folder)
    {
        Assert.True(Checkout.IsOpenToAll(folder));
    }

    [Fact]
    public void Folder_BelowAClosedOne_IsNotOpenToAll()
    {
        string closed = Directory.CreateDirectory(_folder["closed"], Modes.OwnerOnlyFolder).FullName;
        string within = Directory.CreateDirectory(Path.Combine(closed, "within")).FullName;
        File.SetUnixFileMode(within, Modes.OpenFolder);

        Assert.False(Checkout.IsOpenToAll(closed));
        Assert.False(Checkout.IsOpenToAll(within));
        Assert.False(Checkout.IsOpenToAll(Path.Combine(within, "not/there/yet")));
    }

    [Fact]
    public void DefaultState_IsInTheCheckoutUnlessRootsDatabasesCouldNotReachIt()
    {
        if (Environment.IsPrivilegedProcess && !Checkout.IsOpenToAll(Checkout.Root))
        {
            Assert.Matches("^/var/lib/foobar-[0-9a-f]{8}$", Checkout.DefaultState());
        }
        else
        {
            Assert.Equal(Path.Combine(Checkout.Root, ".foobar"), Checkout.DefaultState());
        }
    }
}
