using FooBar.LoadBalancer.Configuration;

namespace FooBar.LoadBalancer.Tests.Configuration;

/// <summary>How long kept connections are waited for, by whether another process serves at that moment.</summary>
public sealed class DrainOptionsTests
{
    [Fact]
    public void NextRequestNow_IsThatOfAHandoverWhileItsFileIsThere()
    {
        string path = Path.Join(Path.GetTempPath(), $"foobar-handover-{Guid.NewGuid():N}");
        DrainOptions options = new() { HandoverPath = path };
        Assert.Equal(options.NextRequest, options.NextRequestNow);
        try
        {
            File.WriteAllText(path, "");
            Assert.Equal(options.HandoverNextRequest, options.NextRequestNow);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Equal(options.NextRequest, options.NextRequestNow);
    }
}
