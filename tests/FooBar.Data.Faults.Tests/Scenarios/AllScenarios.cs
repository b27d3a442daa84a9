using FooBar.Data.Faults.Tests.Play;

namespace FooBar.Data.Faults.Tests.Scenarios;

/// <summary>The fault catalogue of the data layer, in its order.</summary>
internal static class AllScenarios
{
    public static IReadOnlyList<Scenario> InOrder { get; } =
    [
        .. WriterKilled.All,
        .. WriterFrozen.All,
        .. WriterSwitched.All,
        .. WriterElected.All,
        .. ServersLost.All,
        .. NetworkCut.All,
        .. ReplicasBehind.All,
        .. SessionState.All,
        .. ServersLimited.All,
        .. HistoriesApart.All,
        .. CertificatesBad.All,
        .. ApplicationsOwn.All,
    ];
}
