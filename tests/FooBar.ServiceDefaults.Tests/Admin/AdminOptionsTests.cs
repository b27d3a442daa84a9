using FooBar.ServiceDefaults.Admin;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace FooBar.ServiceDefaults.Tests.Admin;

public sealed class AdminOptionsTests
{
    [Theory]
    [InlineData("127.0.0.1", "9600")]
    [InlineData("127.8.8.8", "0")]
    [InlineData("::1", "1")]
    [InlineData("127.0.0.1", "65535")]
    public void Validate_LoopbackAndPort_Succeeds(string address, string port)
    {
        AdminOptions options = new() { Address = address, Port = port };

        Assert.True(new AdminOptionsValidator().Validate(null, options).Succeeded);
        Assert.Equal(port, options.EndPoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(address, options.EndPoint.Address.ToString());
    }

    [Fact]
    public void Address_NotSet_IsLoopback() => Assert.Equal("127.0.0.1", new AdminOptions().Address);

    [Theory]
    [InlineData("127.0.0.1", null, "Admin:Port is missing: set it to the port for metrics and health, e.g. Admin__Port=9600.")]
    [InlineData("127.0.0.1", "", "Admin:Port is missing: set it to the port for metrics and health, e.g. Admin__Port=9600.")]
    [InlineData("127.0.0.1", "abc", "Admin:Port is 'abc': it must be a port number, 1 to 65535, or 0 for any free port.")]
    [InlineData("127.0.0.1", "65536", "Admin:Port is '65536': it must be a port number, 1 to 65535, or 0 for any free port.")]
    [InlineData("127.0.0.1", "-1", "Admin:Port is '-1': it must be a port number, 1 to 65535, or 0 for any free port.")]
    [InlineData("localhost", "1", "Admin:Address is 'localhost': it must be an IP address, e.g. 127.0.0.1.")]
    public void Validate_Wrong_NamesTheSetting(string address, string? port, string expected)
    {
        ValidateOptionsResult result = new AdminOptionsValidator().Validate(null, new AdminOptions { Address = address, Port = port });

        Assert.Equal(expected, result.FailureMessage);
    }

    [Fact]
    public void Build_WithoutAPort_StopsNamingIt()
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(
            () => TestService.Build(builder => builder.Configuration["Admin:Port"] = null));

        Assert.Equal("Admin:Port is missing: set it to the port for metrics and health, e.g. Admin__Port=9600.", error.Message);
    }

    [Fact]
    public async Task Start_OnATakenPort_StopsNamingThePort()
    {
        await using TestService first = await TestService.StartAsync();
        string port = first.Admin.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using TestService second = TestService.Build(builder => builder.Configuration["Admin:Port"] = port);

        IOException error = await Assert.ThrowsAsync<IOException>(() => second.App.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"Failed to bind to address http://127.0.0.1:{port}: address already in use.", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("web 1")]
    [InlineData("web\"1")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123")]
    public void Build_WithAnOddServiceName_StopsNamingIt(string name)
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(
            () => TestService.Build(builder => builder.Configuration["Service:Name"] = name));

        Assert.Equal($"Service:Name is '{name}': it must be 1 to 63 letters, digits, '-', '_' or '.', e.g. web-1.", error.Message);
    }

    [Fact]
    public async Task ServiceName_NotSet_IsTheApplicationsName()
    {
        await using TestService service = await TestService.StartAsync(builder => builder.Configuration["Service:Name"] = null);

        Assert.Contains($"service_name=\"{typeof(AdminOptionsTests).Assembly.GetName().Name}\"", await service.ScrapeAsync());
    }

    [Fact]
    public async Task UseServiceDefaults_WithoutAdd_SaysWhatIsMissing()
    {
        await using WebApplication app = WebApplication.CreateBuilder().Build();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => app.UseServiceDefaults());
        Assert.Equal("Call builder.AddServiceDefaults() before app.UseServiceDefaults().", error.Message);
    }
}
