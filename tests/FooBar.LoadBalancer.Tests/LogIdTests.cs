using System.Reflection;
using FooBar.LoadBalancer.Configuration;
using Microsoft.Extensions.Logging;

namespace FooBar.LoadBalancer.Tests;

public sealed class LogIdTests
{
    /// <summary>Whoever looks for an id in a log, or silences it, means one message.</summary>
    [Fact]
    public void Id_OfEveryMessage_IsItsOwn()
    {
        int[] ids =
        [
            .. typeof(GatewayConfigurationException).Assembly.GetTypes()
                .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .SelectMany(method => method.GetCustomAttributes<LoggerMessageAttribute>())
                .Select(message => message.EventId),
        ];

        Assert.True(ids.Length > 30, $"only {ids.Length} messages were found");
        Assert.Empty(ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.All(ids, id => Assert.InRange(id, 1000, 1999));
    }
}
