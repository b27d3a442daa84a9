using FooBar.Data;
using FooBar.MySql;
using FooBar.Web.Database;

namespace FooBar.Web.Tests.Database;

public sealed class MySqlDriverAdapterTests
{
    /// <summary>A COMMIT that was cancelled before it was sent has not committed anything.</summary>
    [Fact]
    public async Task Phase_CancelledBeforeItWasSent_IsNotSent()
    {
        await using MySqlDataSource source = new("Server=127.0.0.1;Port=1;User ID=nobody;Ssl Mode=None");

        Exception failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await source.OpenConnectionAsync(new CancellationToken(canceled: true)));

        Assert.IsType<MySqlCanceledException>(failure);
        Assert.Equal(FailurePhase.NotSent, new MySqlDriverAdapter().PhaseOf(failure));
    }

    [Fact]
    public async Task Phase_OfARefusedConnection_IsTheDriversAndOfAnyOtherFailureUnknown()
    {
        await using MySqlDataSource source = new("Server=127.0.0.1;Port=1;User ID=nobody;Ssl Mode=None");

        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(
            async () => await source.OpenConnectionAsync(TestContext.Current.CancellationToken));

        Assert.Equal(FailurePhase.NotSent, new MySqlDriverAdapter().PhaseOf(refused));
        Assert.Equal(FailurePhase.Unknown, new MySqlDriverAdapter().PhaseOf(new IOException()));
    }
}
