using System.IO.Enumeration;

namespace FooBar.AppHost.Benchmarks;

/// <summary>What a driver is asked to do over and over: the operation, how many connections do it at once, and how.</summary>
/// <param name="Operation">One of <see cref="Operations"/>.</param>
/// <param name="Connections">So many callers, each of whom opens, works and closes without a pause.</param>
/// <param name="IsThroughReader">Through the DbDataReader, by position, instead of through Dapper.</param>
/// <param name="IsEncrypted">With verified TLS.</param>
/// <param name="IsWithoutReset">With the reset of pooled sessions switched off, instead of as the driver does it by default.</param>
internal sealed record DriverWorkload(string Operation, int Connections, bool IsThroughReader, bool IsEncrypted, bool IsWithoutReset)
{
    public const string Read12 = "read-12";
    public const string ReadKey = "read-key";
    public const string Insert = "insert";
    public const string Read1000 = "read-1000";
    public const string Blob = "blob-1m";
    public const string Open = "open";

    /// <summary>How the names are made, for a person who has to write one.</summary>
    public const string Grammar =
        "An operation (read-12, read-key, insert, read-1000, blob-1m, open), -c1 or -c16 for its connections, -reader for the reader instead of Dapper, "
        + "-tls or -noreset; such as read-12-c16 or read-12-c16-reader-tls. A * stands for any part: read-*-c1";

    public static IReadOnlyList<string> Operations { get; } = [Read12, ReadKey, Insert, Read1000, Blob, Open];

    /// <summary>Every workload, in the order in which they run. An open has no rows and so no reader; resets are switched off without TLS alone.</summary>
    public static IReadOnlyList<DriverWorkload> All { get; } =
    [
        .. from operation in Operations
           from connections in (int[])[1, 16]
           from isThroughReader in (bool[])[false, true]
           where operation != Open || !isThroughReader
           from variant in ((bool Tls, bool NoReset)[])[(false, false), (false, true), (true, false)]
           select new DriverWorkload(operation, connections, isThroughReader, variant.Tls, variant.NoReset),
    ];

    /// <summary>The name by which it is asked for, and under which it is reported.</summary>
    public string Name => $"{Operation}-c{Connections}{(IsThroughReader ? "-reader" : "")}{(IsEncrypted ? "-tls" : "")}{(IsWithoutReset ? "-noreset" : "")}";

    /// <summary>The workloads that a name, or a pattern with <c>*</c>, stands for; none when it is wrong.</summary>
    public static IReadOnlyList<DriverWorkload> Matching(string pattern) =>
        [.. All.Where(workload => FileSystemName.MatchesSimpleExpression(pattern, workload.Name, ignoreCase: false))];
}
