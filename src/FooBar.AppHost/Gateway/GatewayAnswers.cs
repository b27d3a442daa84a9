namespace FooBar.AppHost.Gateway;

/// <summary>A backend, as the gateway shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Url">Where it listens.</param>
/// <param name="State">What was ordered: <c>ready</c>, <c>drain</c> or <c>maintenance</c>.</param>
/// <param name="Health">What checks say: <c>unknown</c>, <c>up</c>, <c>not_ready</c> or <c>down</c>.</param>
/// <param name="TakesRequests">Whether it takes new requests.</param>
/// <param name="Weight">Its share of them, in proportion to the others' weights.</param>
/// <param name="InFlight">Requests at it now.</param>
/// <param name="LastFailure">Why the latest failed check failed; null if none has.</param>
/// <param name="StateOrder">The last order of its state; null if there was none.</param>
/// <param name="WeightOrder">The last order of its weight; null if there was none.</param>
internal sealed record BackendAnswer(
    string Name, string Url, string State, string Health, bool TakesRequests, int Weight, int InFlight, string? LastFailure, OrderAnswer? StateOrder, OrderAnswer? WeightOrder);

/// <summary>Who ordered something, when and why.</summary>
internal sealed record OrderAnswer(string By, DateTimeOffset Since, string? Reason);

/// <summary>All backends.</summary>
internal sealed record BackendsAnswer(IReadOnlyList<BackendAnswer> Backends);

/// <summary>What came of an order of a weight.</summary>
/// <param name="Backend">The backend after it.</param>
/// <param name="Before">The weight before it.</param>
/// <param name="NotKept">Why a restart would lose it; null when it would not.</param>
internal sealed record WeightAnswer(BackendAnswer Backend, int Before, string? NotKept);

/// <summary>What came of an order of a state.</summary>
/// <param name="Backend">The backend after it.</param>
/// <param name="Before">The state before it.</param>
/// <param name="Settled">Whether it is where it is wanted: ready and takes requests, or the others and has none.</param>
/// <param name="WaitedSeconds">How long the gateway has waited for that.</param>
/// <param name="NotKept">Why a restart would lose it; null when it would not.</param>
internal sealed record StateAnswer(BackendAnswer Backend, string Before, bool Settled, double WaitedSeconds, string? NotKept);

/// <summary>What came of a reload.</summary>
/// <param name="Generation">The settings in force.</param>
/// <param name="NeedRestart">Settings that changed and wait for the next start.</param>
internal sealed record ReloadAnswer(int Generation, IReadOnlyList<string> NeedRestart);

/// <summary>What a purge has forgotten.</summary>
/// <param name="Answers">How many answers.</param>
/// <param name="Bytes">The memory that they took.</param>
internal sealed record PurgeAnswer(int Answers, long Bytes);

/// <summary>A certificate that visitors or backends are shown.</summary>
internal sealed record CertificateAnswer(string Name, string Path, IReadOnlyList<string> Names, string Issuer, DateTimeOffset NotAfter, double DaysLeft);

/// <summary>All certificates.</summary>
internal sealed record CertificatesAnswer(IReadOnlyList<CertificateAnswer> Certificates);

/// <summary>What was wrong (RFC 9457).</summary>
internal sealed record ProblemAnswer(string? Title, string? Detail, IReadOnlyList<string>? Errors);
