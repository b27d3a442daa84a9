namespace FooBar.MySql;

/// <summary>
/// Under which names the driver reports. Instruments and spans follow OpenTelemetry's conventions for database clients; while nobody
/// listens nothing is measured.
/// </summary>
public static class MySqlTelemetry
{
    /// <summary>The meter: <c>db.client.operation.duration</c>, <c>db.client.connection.*</c> and <c>foobar.db.client.read_failures</c>.</summary>
    public const string MeterName = "FooBar.MySql";

    /// <summary>The source of spans, one an executed statement.</summary>
    public const string ActivitySourceName = "FooBar.MySql";

    /// <summary>The category of the logs, ids 2000 to 2099.</summary>
    public const string LogCategory = "FooBar.MySql";
}
