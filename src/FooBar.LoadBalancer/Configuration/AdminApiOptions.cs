namespace FooBar.LoadBalancer.Configuration;

/// <summary>The admin API, below <c>/gateway/</c> on the admin port: <c>Gateway:Admin</c>.</summary>
internal sealed class AdminApiOptions
{
    /// <summary>
    /// Absolute path of the file that holds the token which callers show: 43 to 512 characters of A-Z, a-z, 0-9, dot, dash, underscore, tilde, plus and
    /// slash, or 64 and more hexadecimal digits, so that 32 random bytes fit in; a file that others than its owner and group cannot read. Default:
    /// none, and the API is off.
    /// </summary>
    public string? TokenPath { get; set; }

    /// <summary>Adds what is wrong.</summary>
    internal void Check(OptionErrors errors) => errors.AbsolutePath("Admin:TokenPath", TokenPath);
}
