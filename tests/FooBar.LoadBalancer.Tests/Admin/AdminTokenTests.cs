using FooBar.LoadBalancer.Admin;
using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Tests.Support;

namespace FooBar.LoadBalancer.Tests.Admin;

public sealed class AdminTokenTests : IDisposable
{
    private const string Hexadecimal = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Base64 = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_.~+/x";

    private readonly AdminClient _operator = new();

    private string Prefix => $"Gateway:Admin:TokenPath is \"{_operator.TokenPath}\", which cannot be used: ";

    public void Dispose() => _operator.Dispose();

    [Theory]
    [InlineData(Hexadecimal)]
    [InlineData(Hexadecimal + "\n")]
    [InlineData(Hexadecimal + "\r\n")]
    [InlineData(Base64)]
    [InlineData(Base64 + "=")]
    public void Load_OfAStrongToken_KnowsItAndNoOther(string text)
    {
        _operator.WriteToken(text);

        AdminToken token = Load();

        Assert.True(token.IsSet);
        Assert.True(token.Matches(text.TrimEnd()));
        foreach (string other in (string[])["", text.TrimEnd()[1..], text.TrimEnd() + "0", text.TrimEnd().ToUpperInvariant()])
            Assert.False(token.Matches(other));
    }

    [Theory]
    [InlineData("", "it holds 0 characters and must hold 64 to 512; openssl rand -hex 32 makes a good one.")]
    [InlineData("secret", "it holds 6 characters and must hold 43 to 512; openssl rand -hex 32 makes a good one.")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde", "it holds 63 characters and must hold 64 to 512; openssl rand -hex 32 makes a good one.")]
    [InlineData("AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_.~+/", "it holds 42 characters and must hold 43 to 512; openssl rand -hex 32 makes a good one.")]
    [InlineData("AbCdEfGhIjKlMnOpQrStUvWxYz 0123456789-_.~+/x", "it holds characters that a token cannot have; openssl rand -hex 32 makes a good one.")]
    [InlineData("change-change-change-change-change-change-me", "it is no random one; openssl rand -hex 32 makes a good one.")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "it is no random one; openssl rand -hex 32 makes a good one.")]
    public void Load_OfAWeakToken_SaysWhatAGoodOneIs(string text, string expected)
    {
        _operator.WriteToken(text);

        Assert.Equal([Prefix + expected], Mistakes());
    }

    [Fact]
    public void Load_OfATokenThatIsTooLong_IsRefused()
    {
        _operator.WriteToken(string.Concat(Enumerable.Repeat(Hexadecimal, 1000)));

        Assert.Equal([Prefix + "it holds 514 characters and must hold 64 to 512; openssl rand -hex 32 makes a good one."], Mistakes());
    }

    [Theory]
    [InlineData("600", true)]
    [InlineData("400", true)]
    [InlineData("440", true)]
    [InlineData("640", true)]
    [InlineData("644", false)]
    [InlineData("660", false)]
    [InlineData("602", false)]
    public void Load_OfAFileThatOthersMayUse_IsRefused(string mode, bool isFine)
    {
        File.SetUnixFileMode(_operator.TokenPath, (UnixFileMode)Convert.ToInt32(mode, 8));

        if (isFine)
            Assert.True(Load().Matches(_operator.Token));
        else
            Assert.StartsWith(Prefix + "it may be used by others (", Assert.Single(Mistakes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfAMissingFile_SaysSo()
    {
        File.Delete(_operator.TokenPath);

        Assert.Equal([Prefix + "there is no such file."], Mistakes());
    }

    [Fact]
    public void Load_WithoutAFile_LetsNobodyIn()
    {
        AdminToken token = AdminToken.Load(new GatewayOptions());

        Assert.Equal((false, null, false), (token.IsSet, token.Fingerprint, token.Matches("")));
    }

    [Fact]
    public void Prepare_OfAnotherToken_TakesItOverWhenItIsPutInPlace()
    {
        AdminToken token = Load();
        string old = _operator.Token;
        _operator.Rotate();

        Action put = token.Prepare(Fakes.Settings(Options()));
        Assert.True(token.Matches(old));
        put();

        Assert.Equal((false, true), (token.Matches(old), token.Matches(_operator.Token)));
    }

    [Fact]
    public void Fingerprint_TellsTokensApartAndSaysNothingOfWhatIsNone()
    {
        AdminToken token = Load();

        Assert.Matches("^[0-9a-f]{8}$", token.Fingerprint);
        Assert.Equal(token.Fingerprint, AdminToken.FingerprintOf(_operator.Token));
        Assert.DoesNotContain(token.Fingerprint!, _operator.Token, StringComparison.Ordinal);
        Assert.NotEqual(token.Fingerprint, AdminToken.FingerprintOf(Hexadecimal));
        Assert.Null(AdminToken.FingerprintOf("my other password"));
    }

    private GatewayOptions Options() => new() { Admin = new AdminApiOptions { TokenPath = _operator.TokenPath } };

    private AdminToken Load() => AdminToken.Load(Options());

    private IReadOnlyList<string> Mistakes() => Assert.Throws<GatewayConfigurationException>(Load).Errors;
}
