using System.Globalization;
using FooBar.AppHost.Stack;
using Spectre.Console;

namespace FooBar.AppHost.CommandLine;

/// <summary>A stack's status for people.</summary>
internal static class StatusTable
{
    public static Table Of(StackStatus status)
    {
        Table table = new Table { Border = TableBorder.Simple }.AddColumns("name", "role", "state", "address", "admin", "pid");
        if (status.Gateway is { } gateway)
        {
            Add(table, "gateway", "gateway", gateway.State, gateway.Url, gateway.Admin, gateway.Pid);
        }

        foreach (WebStatus web in status.Web)
        {
            Add(table, web.Name, "web", web.State, web.Url, web.Admin, web.Pid);
        }

        foreach (DbStatus db in status.Db)
        {
            Add(table, db.Name, db.Role, db.State, $"{db.Host}:{db.Port}", null, db.Pid);
        }

        if (status.Prometheus is { } prometheus)
        {
            Add(table, "prometheus", "metrics", prometheus.State, prometheus.Url, null, prometheus.Pid);
        }

        return table;
    }

    private static void Add(Table table, string name, string role, string state, string? address, string? admin, int pid)
    {
        string colour = state switch { "ready" or "online" or "running" => "green", "dead" or "error" or "unreachable" => "red", "" => "default", _ => "yellow" };
        table.AddRow(name, role, $"[{colour}]{Markup.Escape(state)}[/]", Markup.Escape(address ?? string.Empty), Markup.Escape(admin ?? string.Empty), pid == 0 ? string.Empty : pid.ToString(CultureInfo.InvariantCulture));
    }
}
