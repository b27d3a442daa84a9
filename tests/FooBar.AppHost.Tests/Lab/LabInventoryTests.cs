using FooBar.AppHost.Lab;
using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Tests.Lab;

public sealed class LabInventoryTests
{
    private const string Example = """
        all:
          vars:
            domain: foobar.com
          hosts:
            edge-1: {ansible_host: 10.77.0.11}
            app-1: {ansible_host: 10.77.0.12, database_weight: 60}
            app-2: {ansible_host: 10.77.0.13}

        """;

    [Fact]
    public void Inventory_OfTheLab_IsTheExampleWithItsOwnVariables()
    {
        Assert.Equal(
            """
            all:
              vars:
                artifacts_report_file: "/a/report.json"
                dns_servers: [10.77.0.2]
                alert_webhook_url: http://10.77.0.3:9099/alerts
                domain: foobar.com
              hosts:
                edge-1: {ansible_host: 10.77.0.11}
                app-1: {ansible_host: 10.77.0.12, database_weight: 60}
                app-2: {ansible_host: 10.77.0.13}

            """,
            LabInventory.Fill(Example, "/a/report.json"));
    }

    [Fact]
    public void Inventory_OfTheShippedExample_CanBeFilledIn()
    {
        string filled = LabInventory.Fill(File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "inventory", "three-hosts.yml")), "/a/report.json");

        Assert.Contains("\n    artifacts_report_file: \"/a/report.json\"\n", filled, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.77.0.12,", "192.0.2.1,", "deploy/inventory/three-hosts.yml has no host app-1 at 10.77.0.12, which is the lab's. Make the two agree.")]
    [InlineData("  vars:", "  variables:", "deploy/inventory/three-hosts.yml has no line '  vars:' for variables of all hosts.")]
    public void Inventory_OfAnotherExample_IsRefused(string text, string other, string message)
    {
        Assert.Equal(message, Assert.Throws<FoobarException>(() => LabInventory.Fill(Example.Replace(text, other, StringComparison.Ordinal), "/a")).Message);
    }
}
