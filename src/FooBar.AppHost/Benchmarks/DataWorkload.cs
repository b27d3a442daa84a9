using System.IO.Enumeration;

namespace FooBar.AppHost.Benchmarks;

/// <summary>What is asked of the data layer over and over, and how much of it at once.</summary>
/// <param name="Operation">One of <see cref="Operations"/>.</param>
/// <param name="Scale">Its size, in what <see cref="Unit"/> counts.</param>
internal sealed record DataWorkload(string Operation, int Scale)
{
    public const string ReadKey = "routed-read-key";
    public const string Read12 = "routed-read-12";
    public const string Write = "routed-write";
    public const string Decision = "routing-decision";
    public const string DecisionWithToken = "routing-decision-token";
    public const string Scaling = "read-scaling";

    /// <summary>How many callers read at once in <see cref="Scaling"/>.</summary>
    private const int ScalingCallers = 16;

    /// <summary>How the names are made, for a person who has to write one.</summary>
    public const string Grammar =
        "routed-read-key, routed-read-12 or routed-write with -c1 or -c16 for its connections, routing-decision or routing-decision-token with -n3 "
        + "or -n100 for its nodes, read-scaling with -r1, -r2 or -r3 for its replicas; such as routed-read-key-c16. A * stands for any part: routed-*-c1";

    private static readonly Dictionary<string, (char Unit, int[] Scales)> Sizes = new()
    {
        [ReadKey] = ('c', [1, 16]),
        [Read12] = ('c', [1, 16]),
        [Write] = ('c', [1, 16]),
        [Decision] = ('n', [3, 100]),
        [DecisionWithToken] = ('n', [3, 100]),
        [Scaling] = ('r', [1, 2, 3]),
    };

    public static IReadOnlyList<string> Operations { get; } = [.. Sizes.Keys];

    /// <summary>Every workload, in the order in which they run.</summary>
    public static IReadOnlyList<DataWorkload> All { get; } =
        [.. from size in Sizes from scale in size.Value.Scales select new DataWorkload(size.Key, scale)];

    /// <summary>What the scale counts: callers with a connection each (c), nodes to choose from (n), or replicas that are read from (r).</summary>
    public char Unit => Sizes[Operation].Unit;

    /// <summary>The name by which it is asked for, and under which it is reported.</summary>
    public string Name => $"{Operation}-{Unit}{Scale}";

    /// <summary>So many callers, each of whom has one connection at a time and makes no pause.</summary>
    public int Callers => Operation == Scaling ? ScalingCallers : Scale;

    /// <summary>How many replicas are read from.</summary>
    public int Replicas => Operation == Scaling ? Scale : 1;

    /// <summary>Whether it needs no server: the choice of a node, and nothing else.</summary>
    public bool IsDecision => Unit == 'n';

    /// <summary>The workload with this name.</summary>
    public static DataWorkload Named(string name) => All.Single(workload => workload.Name == name);

    /// <summary>The workloads that a name, or a pattern with <c>*</c>, stands for; none when it is wrong.</summary>
    public static IReadOnlyList<DataWorkload> Matching(string pattern) =>
        [.. All.Where(workload => FileSystemName.MatchesSimpleExpression(pattern, workload.Name, ignoreCase: false))];
}
