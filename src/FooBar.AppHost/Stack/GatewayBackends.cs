using System.Text.RegularExpressions;

namespace FooBar.AppHost.Stack;

/// <summary>What the gateway's page for Prometheus says of its backends.</summary>
internal static partial class GatewayBackends
{
    /// <summary>How many take requests, and how many take none because a person has drained them, works on them or has given them no weight.</summary>
    public static (int Up, int TakenOut) Count(string metrics)
    {
        HashSet<string> up = [];
        HashSet<string> takenOut = [];
        foreach (Match sample in Sample().Matches(metrics))
        {
            string backend = sample.Groups["backend"].Value;
            switch (sample.Groups["name"].Value, sample.Groups["state"].Value, sample.Groups["value"].Value)
            {
                case ("up", _, "1"):
                    up.Add(backend);
                    break;
                case ("state", "drain" or "maintenance", "1") or ("weight", _, "0"):
                    takenOut.Add(backend);
                    break;
            }
        }

        return (up.Count, takenOut.Count);
    }

    [GeneratedRegex("^gateway_backend_(?<name>up|state|weight)\\{backend=\"(?<backend>[^\"]*)\"(,state=\"(?<state>[^\"]*)\")?\\} (?<value>\\S+)$", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
