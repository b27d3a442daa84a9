using System.Data.Common;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FooBar.MySql;
using FooBar.Web.Database;

namespace FooBar.Data.Tests.RealGroup;

/// <summary>
/// The driver below the data layer in the tests on real servers: FooBar.MySql with the site's adapter; the same with the generic fallbacks alone, where
/// FOOBAR_TEST_DRIVER says <c>generic</c>; or MySqlConnector, in a build that has it (<c>-p:WithMySqlConnector=true</c>, or
/// <c>-p:MySqlConnectorPath=FILE</c>), which is found at run time, so that nothing here needs it.
/// </summary>
internal static class TestDriver
{
    private static readonly DbProviderFactory? Connector = Load();

    private static readonly bool IsGeneric = Environment.GetEnvironmentVariable("FOOBAR_TEST_DRIVER") == "generic";

    /// <summary>What is tested, for a message.</summary>
    public static string Name => Connector is not null ? "MySqlConnector" : IsGeneric ? "FooBar.MySql with the generic fallbacks" : "FooBar.MySql";

    /// <summary>Whether the layer is told nothing of what the driver knows.</summary>
    public static bool KnowsNothing => Connector is not null || IsGeneric;

    /// <summary>What the layer is told of the driver.</summary>
    /// <param name="generic">Whether it is to be told nothing, whatever the driver.</param>
    public static IDriverAdapter Adapter(bool generic) => generic || KnowsNothing ? new GenericDriverAdapter() : new MySqlDriverAdapter();

    /// <summary>A pool.</summary>
    /// <param name="connectionString">In the words of FooBar.MySql.</param>
    public static DbDataSource Source(string connectionString)
    {
        if (Connector is null)
            return new MySqlDataSource(connectionString);
        DbConnectionStringBuilder text = new() { ConnectionString = connectionString };
        string authority = (string)text["Ssl Ca"];
        text.Remove("Ssl Ca");
        text["Ssl Mode"] = "Required";
        // Whoever gives a statement up does not wait for the server to stop it; zero would be to wait for ever.
        if (text.ContainsKey("Cancellation Timeout"))
            text["Cancellation Timeout"] = "-1";
        // Where the server is silent a statement goes on until its own time-out; but a group that has lost a member makes statements wait for 5 s, and all others for a place in the pool.
        text["Connection Timeout"] = text["Default Command Timeout"] = text["User ID"] is "monitor" ? "2" : "10";
        dynamic builder = Activator.CreateInstance(Connector.GetType().Assembly.GetType("MySqlConnector.MySqlDataSourceBuilder", throwOnError: true)!, text.ConnectionString)!;
        builder.UseRemoteCertificateValidationCallback(new RemoteCertificateValidationCallback((_, certificate, _, errors) => IsVerified(certificate, errors, authority)));
        return (DbDataSource)builder.Build();
    }

    /// <summary>
    /// Given an authority, MySqlConnector looks at the topmost certificate that it is sent, and where that is the authority's own, takes an expired one below it. A callback of ours it asks only without one.
    /// </summary>
    private static bool IsVerified(X509Certificate? certificate, SslPolicyErrors errors, string authority)
    {
        if (certificate is not X509Certificate2 server || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using X509Chain chain = new();
        using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(authority);
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(server);
    }

    private static DbProviderFactory? Load()
    {
        DbProviderFactory? factory = Type.GetType("MySqlConnector.MySqlConnectorFactory, MySqlConnector")?.GetField("Instance")?.GetValue(null) as DbProviderFactory;
        // What it blocks where a server is silent must not be all that there are.
        if (factory is not null)
            ThreadPool.SetMinThreads(100, 100);
        return factory;
    }
}
