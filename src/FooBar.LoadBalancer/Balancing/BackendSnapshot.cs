using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Balancing;

/// <summary>A backend at one moment, for people and programs that ask how it does. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Url">Where it listens: scheme, host and port.</param>
/// <param name="AdminState">What a person wants of it.</param>
/// <param name="Health">What checks and requests say about it.</param>
/// <param name="State">Both in one, what a person wants first: one of <see cref="BackendStateNames.All"/>.</param>
/// <param name="Since">How long <paramref name="AdminState"/> and <paramref name="Health"/> have been as they are; null if they never were otherwise.</param>
/// <param name="Weight">Its weight, 0 to 256.</param>
/// <param name="ConfiguredWeight">The weight that the settings give it.</param>
/// <param name="SlowStartShare">The share of its weight that it has, 0.1 to 1: less than 1 after its return.</param>
/// <param name="TrafficShare">Its part of all the weight that takes requests now, slow start included, 0 to 1; 0 when it takes none.</param>
/// <param name="InFlight">Requests at it now.</param>
/// <param name="MostInFlight">The most that there were at once.</param>
/// <param name="MaxInFlight">The most that it may have; 0: any number.</param>
/// <param name="Queued">Requests in the queue that it could take; 0 when it takes none.</param>
/// <param name="LastCheck">Its latest check; null if there was none yet.</param>
/// <param name="LastPassed">When it last passed a check; null if it never has.</param>
/// <param name="LastFailure">Why a check or a request last spoke against it; null if none has.</param>
/// <param name="Ejections">How often requests have taken it out.</param>
/// <param name="HeldFor">How much longer it stays out at least because they have; zero if its checks may bring it back.</param>
/// <param name="Downtime">How long it has been down for its health in all.</param>
internal sealed record BackendSnapshot(
    string Name,
    string Url,
    AdminState AdminState,
    BackendStatus Health,
    string State,
    TimeSpan? Since,
    int Weight,
    int ConfiguredWeight,
    double SlowStartShare,
    double TrafficShare,
    int InFlight,
    int MostInFlight,
    int MaxInFlight,
    int Queued,
    CheckSnapshot? LastCheck,
    DateTimeOffset? LastPassed,
    string? LastFailure,
    int Ejections,
    TimeSpan HeldFor,
    TimeSpan Downtime);

/// <summary>A check of a backend. Immutable.</summary>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Status">The status that it was answered with; null if it got no answer.</param>
/// <param name="Failure">What was wrong; null if it passed.</param>
/// <param name="Duration">How long it took, connection included.</param>
/// <param name="Age">How long ago it ended.</param>
internal sealed record CheckSnapshot(bool Passed, int? Status, string? Failure, TimeSpan Duration, TimeSpan Age);
