using FooBar.MySql;
using FooBar.Testing;

namespace FooBar.Data.Faults.Tests.Play;

/// <summary>Ends sessions by hand.</summary>
internal static class SessionEnd
{
    /// <summary>Ends a session of a server, which may have ended by itself meanwhile.</summary>
    public static async Task EndSessionAsync(this MySqlCluster cluster, int member, string id)
    {
        try
        {
            await cluster.ExecuteAsync(member, $"KILL {id}");
        }
        catch (MySqlException gone) when (gone.Message.Contains("Unknown thread id", StringComparison.Ordinal))
        {
        }
    }
}
