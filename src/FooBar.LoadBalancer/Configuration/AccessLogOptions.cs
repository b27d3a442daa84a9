namespace FooBar.LoadBalancer.Configuration;

/// <summary>The access log: <c>Gateway:AccessLog</c>.</summary>
internal sealed class AccessLogOptions
{
    /// <summary>
    /// Lines that may wait to be written, 16 to 1,048,576. A request never waits for the log: when it is full, the line is dropped and
    /// counted. Default: 16,384.
    /// </summary>
    public int Capacity { get; set; } = 16 * 1024;

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors) => errors.Range("AccessLog:Capacity", Capacity, 16, 1024 * 1024);
}
