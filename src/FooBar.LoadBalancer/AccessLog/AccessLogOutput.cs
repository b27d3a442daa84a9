namespace FooBar.LoadBalancer.AccessLog;

/// <summary>Where the lines go.</summary>
/// <param name="Writer">
/// The process's own <see cref="Console.Out"/> in service: it is shared with the program log, and its lock keeps the lines whole.
/// </param>
internal sealed record AccessLogOutput(TextWriter Writer);
