using System.Security.Cryptography.X509Certificates;
using FooBar.Testing;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>The settings of a gateway in a process of its own, as environment variables.</summary>
internal static class ServiceEnvironment
{
    /// <summary>The gateway's program.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "FooBar.LoadBalancer.dll");

    /// <summary>With one backend, on free ports of 127.0.0.1.</summary>
    public static Dictionary<string, string> For(TestCertificates certificates, string backendUrl)
    {
        using X509Certificate2 certificate = certificates.Issue("localhost");
        (string certificatePath, string keyPath) = certificates.Write(certificate);
        return new Dictionary<string, string>
        {
            ["Admin__Port"] = "0",
            ["Gateway__Addresses__0"] = "127.0.0.1",
            ["Gateway__HttpsPort"] = $"{FreePorts.Next()}",
            ["Gateway__HttpPort"] = "0",
            ["Gateway__CertificatePath"] = certificatePath,
            ["Gateway__KeyPath"] = keyPath,
            ["Gateway__BackendCaPath"] = certificates.AuthorityPath,
            ["Gateway__Backends__0__Name"] = "web-1",
            ["Gateway__Backends__0__Url"] = backendUrl,

            // On a busy machine a first check can take longer than the second that it has in service, and nothing is up then.
            ["Gateway__Health__Timeout"] = "00:00:10",
        };
    }
}
