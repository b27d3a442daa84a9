namespace FooBar.Browser.Tests;

public sealed class SiteUnderTestTests
{
    [Theory]
    [InlineData("https://localhost:8443/posts/1", true)]
    [InlineData("https://LOCALHOST:8443/", true)]
    [InlineData("http://localhost:8443/", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("https://127.0.0.1:8443/", false)]
    [InlineData("https://localhost.example.org:8443/", false)]
    public void Owns_Address_ComparesSchemeHostAndPort(string address, bool owned) =>
        Assert.Equal(owned, new SiteUnderTest(new Uri("https://localhost:8443"), "ca.pem").Owns(new Uri(address)));

    [Theory]
    [InlineData(null, "ca.pem", "FOOBAR_SITE_URL is not set: run ./foobar test, or set FOOBAR_SITE_URL and FOOBAR_SITE_CA to a running site.")]
    [InlineData("https://localhost:8443", "", "FOOBAR_SITE_CA is not set: run ./foobar test, or set FOOBAR_SITE_URL and FOOBAR_SITE_CA to a running site.")]
    [InlineData("http://localhost:8443", "ca.pem", "FOOBAR_SITE_URL is 'http://localhost:8443': expected an address like https://localhost:8443, without a path.")]
    [InlineData("https://localhost/x", "ca.pem", "FOOBAR_SITE_URL is 'https://localhost/x': expected an address like https://localhost:8443, without a path.")]
    [InlineData("https://localhost:8443", "/no/such.pem", "FOOBAR_SITE_CA is '/no/such.pem': there is no such file. It names the PEM file of the site's authority.")]
    public void Read_VariableMissingOrWrong_SaysWhichAndWhatToDo(string? url, string ca, string message)
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => SiteUnderTest.Read(name => name == SiteUnderTest.UrlVariable ? url : ca));

        Assert.Equal(message, error.Message);
    }
}
