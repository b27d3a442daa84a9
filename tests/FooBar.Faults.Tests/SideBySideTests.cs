using System.Net;
using FooBar.Testing.Site;

namespace FooBar.Faults.Tests;

/// <summary>Two stacks on one machine, told apart by their ports and their state folders.</summary>
public class SideBySideTests(FaultySite site)
{
    [Fact]
    public async Task SecondStack_BesideTheFirst_ServesAndGoesWithoutTouchingIt()
    {
        IReadOnlyList<ProcessState> before = await site.StatusAsync();
        await using (RunningSite second = await RunningSite.StartAsync(TestContext.Current.CancellationToken, "--web", "1", "--db", "1"))
        {
            Assert.NotEqual(site.Running.Gateway.Url, second.Gateway.Url);
            await AssertServesAsync(second);
            await AssertServesAsync(site.Running);

            // A certificate of one stack is worth nothing to the other.
            using HttpClient stranger = VerifiedHttp.Create(second.Gateway.Url, site.Running.CaCertificatePath);
            await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync("/", TestContext.Current.CancellationToken));
        }

        await AssertServesAsync(site.Running);
        Assert.Equal(before.Select(process => process.Pid), (await site.StatusAsync()).Select(process => process.Pid));
    }

    private static async Task AssertServesAsync(RunningSite stack)
    {
        using HttpClient http = VerifiedHttp.Create(stack.Gateway.Url, stack.CaCertificatePath);
        using HttpResponseMessage answer = await http.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
