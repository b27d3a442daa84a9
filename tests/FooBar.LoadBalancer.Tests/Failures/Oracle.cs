namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>Holds what the visitors were told against what the backends have written down: a pure function of the two.</summary>
internal static class Oracle
{
    /// <summary>What is wrong, a line each; none if nothing is.</summary>
    /// <param name="visits">Everything that the visitors did.</param>
    /// <param name="notes">The lines of all backends.</param>
    /// <param name="done">The keyed operations that were done.</param>
    public static IReadOnlyList<string> Check(IReadOnlyCollection<Visit> visits, IReadOnlyList<string> notes, IReadOnlySet<string> done)
    {
        List<string> wrong = [];
        foreach (Visit visit in visits)
        {
            if (visit.End == VisitEnd.Broken)
                wrong.Add($"{visit}: an answer that looks whole is not what the backend sent");
            if (visit.End is VisitEnd.Failed or VisitEnd.Cut or VisitEnd.Unanswered && visit.Kind is VisitKind.Get or VisitKind.Keyed)
                wrong.Add($"{visit}: failed");
        }

        wrong.AddRange(notes.Where(line => line.EndsWith("BROKEN", StringComparison.Ordinal)).Select(line => $"{line}: the backend took a body that was not sent"));
        wrong.AddRange(
            from line in notes
            where line.StartsWith("plain ", StringComparison.Ordinal)
            group line by line.Split(' ')[1] into arrivals
            where arrivals.Count() > 1
            select $"plain {arrivals.Key}: executed {arrivals.Count()} times");
        wrong.AddRange(
            from visit in visits
            where visit is { Kind: VisitKind.Keyed, End: VisitEnd.Answered } && !done.Contains(visit.Id)
            select $"{visit}: acknowledged and not done");
        HashSet<string> arrived = [.. notes.Select(line => line.Split(' ')[1])];
        wrong.AddRange(
            from visit in visits
            where visit is { Kind: VisitKind.Plain, End: VisitEnd.Answered } && !arrived.Contains(visit.Id)
            select $"{visit}: acknowledged and never arrived");
        return wrong;
    }
}

/// <summary>What a visitor asks for.</summary>
internal enum VisitKind
{
    /// <summary>An answer of known length up to 64 KiB.</summary>
    Get,

    /// <summary>An answer of unknown length.</summary>
    Stream,

    /// <summary>A POST that names its operation.</summary>
    Keyed,

    /// <summary>A POST that does not.</summary>
    Plain,
}

/// <summary>How it ended for the visitor.</summary>
internal enum VisitEnd
{
    /// <summary>With 200 and the right body.</summary>
    Answered,

    /// <summary>With another status, or without an answer.</summary>
    Failed,

    /// <summary>With the beginning of an answer that broke off, and was seen to.</summary>
    Cut,

    /// <summary>The connection ended before a byte of an answer.</summary>
    Unanswered,

    /// <summary>With 200 and a body that ended in order, and was another.</summary>
    Broken,
}

/// <summary>One request of one visitor.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="Id">Its id.</param>
/// <param name="Protocol">Over what.</param>
/// <param name="End">How it ended.</param>
/// <param name="Begun">When, from the first visit on.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Why">Why it failed; null if it did not.</param>
/// <param name="AskedAgain">Why it was asked a second time: its kept connection was closed under it; null if it was not.</param>
internal sealed record Visit(VisitKind Kind, string Id, string Protocol, VisitEnd End, TimeSpan Begun, TimeSpan Took, string? Why, string? AskedAgain);
