using FooBar.AppHost.Stack;

namespace FooBar.AppHost.Tests.Stack;

public sealed class GatewayBackendsTests
{
    private const string Page = """
        # TYPE gateway_backend_up gauge
        gateway_backend_up{backend="web-1"} 1
        gateway_backend_up{backend="web-2"} 0
        gateway_backend_up{backend="web-3"} 0
        gateway_backend_up{backend="web-4"} 0
        gateway_backend_up{backend="web-5"} 0
        gateway_backend_weight{backend="web-1"} 100
        gateway_backend_weight{backend="web-2"} 100
        gateway_backend_weight{backend="web-3"} 0
        gateway_backend_weight{backend="web-4"} 0
        gateway_backend_weight{backend="web-5"} 100
        gateway_backend_state{backend="web-1",state="up"} 1
        gateway_backend_state{backend="web-1",state="drain"} 0
        gateway_backend_state{backend="web-2",state="maintenance"} 1
        gateway_backend_state{backend="web-4",state="drain"} 1
        gateway_backend_state{backend="web-5",state="down"} 1
        gateway_backend_in_flight{backend="web-1"} 1

        """;

    [Fact]
    public void Count_OfAPage_TellsWhoServesAndWhomAPersonHasTakenOut() => Assert.Equal((1, 3), GatewayBackends.Count(Page));

    [Fact]
    public void Count_OfAPageWithoutBackends_IsNone() => Assert.Equal((0, 0), GatewayBackends.Count("up 1\n"));
}
