using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>The programs by which the gateway's TLS is judged from outside.</summary>
internal static class TlsTools
{
    private const string Variable = "FOOBAR_TLS_TOOLS_HOME";

    /// <summary>Where a program is: openssl or testssl.</summary>
    public static string Path(string program)
    {
        string home = Environment.GetEnvironmentVariable(Variable) ?? "";
        string path = System.IO.Path.Join(home, "bin", program);
        Assert.True(home.Length > 0 && File.Exists(path), $"{program} is missing: run ./foobar test gateway, or set {Variable} to the folder that holds bin/openssl and bin/testssl");
        return path;
    }

    /// <summary>Connects with <c>openssl s_client</c> and returns everything that it says. What <paramref name="input"/> has is typed to it.</summary>
    public static async Task<string> ConnectAsync(int port, string name, string authorityPath, string input, params IEnumerable<string> arguments)
    {
        (_, string output) = await TestProcess.RunAsync(
            Path("openssl"),
            ["s_client", "-connect", $"127.0.0.1:{port}", "-servername", name, "-CAfile", authorityPath, "-verify_return_error", .. arguments],
            Eventually.Limit,
            start => start.Environment.Remove("OPENSSL_CONF"),
            input);
        return output;
    }
}
