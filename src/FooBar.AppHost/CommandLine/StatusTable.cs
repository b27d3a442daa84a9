using System.Globalization;
using FooBar.AppHost.Stack;
using FooBar.AppHost.State;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FooBar.AppHost.CommandLine;

/// <summary>A stack's status for people: its processes, and under them what happened last.</summary>
internal static class StatusTable
{
    public static IRenderable Of(StackStatus status, StackRecord record)
    {
        Dictionary<string, int> restarts = record.Children.ToDictionary(child => child.Name, child => child.Restarts);
        Table table = new Table { Border = TableBorder.Simple }.AddColumns("name", "role", "state", "address", "admin", "pid", "restarts");
        void Add(string name, string role, string state, string? address, string? admin, int pid) =>
            AddRow(table, name, role, state, address, admin, pid, restarts.GetValueOrDefault(name));
        if (status.Gateway is { } gateway)
        {
            Add("gateway", "gateway", gateway.State, gateway.Url, gateway.Admin, gateway.Pid);
        }

        foreach (WebStatus web in status.Web)
        {
            Add(web.Name, "web", web.State, web.Url, web.Admin, web.Pid);
        }

        foreach (DbStatus db in status.Db)
        {
            Add(db.Name, db.Role, db.State, $"{db.Host}:{db.Port}", null, db.Pid);
        }

        if (status.Prometheus is { } prometheus)
        {
            Add("prometheus", "metrics", prometheus.State, prometheus.Url, null, prometheus.Pid);
        }

        return new Rows([table, .. record.Events.Select(happened => new Text("  " + happened))]);
    }

    private static void AddRow(Table table, string name, string role, string state, string? address, string? admin, int pid, int restarts)
    {
        string colour = state switch { "ready" or "online" or "running" => "green", "dead" or "error" or "unreachable" => "red", "" => "default", _ => "yellow" };
        table.AddRow(
            name,
            role,
            $"[{colour}]{Markup.Escape(state)}[/]",
            Markup.Escape(address ?? string.Empty),
            Markup.Escape(admin ?? string.Empty),
            pid == 0 ? string.Empty : pid.ToString(CultureInfo.InvariantCulture),
            restarts == 0 ? string.Empty : restarts.ToString(CultureInfo.InvariantCulture));
    }
}
