using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FooBar.Lab.Tests.Support;

/// <summary>
/// Port scans from a namespace of the lab. Frames are sent past the sender's own firewall (<c>--send-eth</c>), so that what is measured is
/// the receiver's alone.
/// </summary>
internal static partial class Nmap
{
    // A port that is let through but lost both probes would look closed off; a third one makes that too rare to see.
    private static readonly string[] Quick = ["-n", "-Pn", "--send-eth", "--min-rate", "30000", "--max-retries", "2", "-oX", "-"];

    /// <summary>The TCP ports of each address that the firewall lets through, whether something listens there (open) or not (closed).</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="from">The namespace.</param>
    /// <param name="addresses">Whom to scan; one family.</param>
    /// <param name="ports">nmap's notation; <c>-</c> for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<int>>> TcpAsync(
        LabSite lab, string from, IReadOnlyList<string> addresses, string ports, CancellationToken cancellationToken)
    {
        string[] family = addresses[0].Contains(':', StringComparison.Ordinal) ? ["-6"] : [];
        string xml = await lab.InAsync(from, ["nmap", "-sS", .. Quick, "-p", ports, .. family, .. addresses], cancellationToken);
        Dictionary<string, IReadOnlyList<int>> passed = [];
        foreach (XElement host in XElement.Parse(xml[xml.IndexOf("<nmaprun", StringComparison.Ordinal)..]).Elements("host"))
        {
            string address = host.Elements("address").First(element => element.Attribute("addrtype")!.Value != "mac").Attribute("addr")!.Value;
            passed[address] =
            [
                .. host.Element("ports")!.Elements("port")
                    .Where(port => port.Element("state")!.Attribute("state")!.Value is "open" or "closed")
                    .Select(port => int.Parse(port.Attribute("portid")!.Value, CultureInfo.InvariantCulture)).Order(),

                // Ports that are alike and many are only counted; the firewall lets none of them through unless they are called closed.
                .. host.Element("ports")!.Elements("extraports").Where(extra => extra.Attribute("state")!.Value == "closed").SelectMany(extra =>
                    Ports(extra.Element("extrareasons")!.Attribute("ports")!.Value)),
            ];
        }

        return passed;
    }

    /// <summary>Sends a datagram to each of these UDP ports of the addresses, one of each.</summary>
    public static Task SendUdpAsync(LabSite lab, string from, IReadOnlyList<string> addresses, IReadOnlyList<int> ports, CancellationToken cancellationToken)
    {
        string[] family = addresses[0].Contains(':', StringComparison.Ordinal) ? ["-6"] : [];
        return lab.InAsync(from, ["nmap", "-sU", "-n", "-Pn", "--send-eth", "--min-rate", "1000", "--max-retries", "0", "--data-length", "8", "-p", string.Join(',', ports), .. family, .. addresses], cancellationToken);
    }

    /// <summary>The UDP ports that are most often open in the world, by nmap's own statistics.</summary>
    public static async Task<IReadOnlyList<int>> TopUdpPortsAsync(LabSite lab, int count, CancellationToken cancellationToken)
    {
        string text = await lab.InAsync("visitor", ["nmap", "-oG", "-", "-v", "-sU", "--top-ports", count.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        return [.. Ports(UdpPorts().Match(text).Groups["ports"].Value)];
    }

    private static IEnumerable<int> Ports(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(part =>
    {
        int[] ends = [.. part.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture))];
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    });

    [GeneratedRegex("UDP\\(\\d+;(?<ports>[0-9,-]+)\\)")]
    private static partial Regex UdpPorts();
}
