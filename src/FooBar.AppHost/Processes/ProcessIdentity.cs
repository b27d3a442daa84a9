using System.Globalization;

namespace FooBar.AppHost.Processes;

/// <summary>A process id with the moment that process began: ids are used again, the pair is not.</summary>
/// <param name="Id">The process id.</param>
/// <param name="StartTicks">Clock ticks from boot to its start: field 22 of /proc/PID/stat, proc(5).</param>
internal sealed record ProcessIdentity(int Id, long StartTicks)
{
    /// <summary>The identity of a living process; null when there is none by that id, or it is a zombie.</summary>
    public static ProcessIdentity? Of(int id) => Read(id)?.Identity;

    public bool IsAlive => Of(Id) == this;

    /// <summary>Whether the process lives and is stopped by a signal (SIGSTOP), so that it does nothing until it is continued.</summary>
    public bool IsStopped => Read(Id) is { } now && now.Identity == this && now.State == "T";

    private static (ProcessIdentity Identity, string State)? Read(int id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");

            // The second field is the command in parentheses and may contain both spaces and parentheses.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : (new ProcessIdentity(id, long.Parse(fields[19], CultureInfo.InvariantCulture)), fields[0]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
