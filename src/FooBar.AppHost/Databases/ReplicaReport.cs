using System.Globalization;

namespace FooBar.AppHost.Databases;

/// <summary>What one server of classic replication answers about itself. Immutable.</summary>
/// <param name="IsWritable">Whether it takes writes: neither read_only nor super_read_only is on.</param>
/// <param name="IsClosed">Whether it takes none from anybody: super_read_only is on.</param>
/// <param name="Source">The port of the server that it follows, by which members are told apart here; 0 when it follows nobody.</param>
/// <param name="Receiver">MySQL's SERVICE_STATE: <c>ON</c>, <c>CONNECTING</c> or <c>OFF</c>; empty when it follows nobody.</param>
/// <param name="Applier">The same of what applies what was received.</param>
internal sealed record ReplicaReport(bool IsWritable, bool IsClosed, int Source, string Receiver, string Applier)
{
    /// <summary>The question; <see cref="Read"/> reads its answer.</summary>
    public const string Query = """
        SELECT @@global.read_only, @@global.super_read_only,
            IFNULL((SELECT port FROM performance_schema.replication_connection_configuration WHERE channel_name = ''), 0),
            IFNULL((SELECT service_state FROM performance_schema.replication_connection_status WHERE channel_name = ''), ''),
            IFNULL((SELECT service_state FROM performance_schema.replication_applier_status WHERE channel_name = ''), '')
        """;

    public bool IsPrimary => IsWritable && Source == 0;

    /// <summary>Role and state in the words of <c>./foobar status</c>.</summary>
    public (string Role, string State) ForPeople() => this switch
    {
        { IsPrimary: true } => ("primary", "online"),
        { Source: 0 } => ("none", "read-only"),
        { IsClosed: false } => ("replica", "writable"),
        { Applier: not "ON" } => ("replica", "not applying"),
        { Receiver: "ON" } => ("replica", "online"),
        { Receiver: "CONNECTING" } => ("replica", "connecting"),
        _ => ("replica", "not receiving"),
    };

    public static ReplicaReport Read(IReadOnlyList<string[]> rows)
    {
        string[] row = rows[0];
        return new(row[0] == "0" && row[1] == "0", row[1] != "0", int.Parse(row[2], CultureInfo.InvariantCulture), row[3], row[4]);
    }
}
