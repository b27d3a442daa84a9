using System.Text.Json;
using FooBar.ServiceDefaults.Logs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace FooBar.ServiceDefaults.Tests.Logs;

/// <summary>Alone, because standard output belongs to the whole process.</summary>
[CollectionDefinition(nameof(StandardOutputTests), DisableParallelization = true)]
[Collection(nameof(StandardOutputTests))]
public sealed class StandardOutputTests
{
    [Fact]
    public void Event_Logged_IsOnStandardOutputAtOnce()
    {
        TextWriter before = Console.Out;
        using StringWriter output = new();
        Console.SetOut(output);
        try
        {
            using Serilog.Core.Logger logger = ServiceLogs.Create(
                new ConfigurationBuilder().Build(),
                new ServiceOptions { Name = "test-1" },
                new LogOutput(),
                new RequestIdEnricher(new HttpContextAccessor()));

            logger.Information("written through");

            Assert.Equal("written through", JsonDocument.Parse(output.ToString()).RootElement.GetProperty("message").GetString());
        }
        finally
        {
            Console.SetOut(before);
        }
    }
}
