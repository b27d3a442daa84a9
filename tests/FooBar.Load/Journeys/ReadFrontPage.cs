namespace FooBar.Load.Journeys;

/// <summary>Reads the newest notices. Thread-safe.</summary>
public sealed class ReadFrontPage(Visitors visitors)
{
    /// <summary>Fit for <see cref="LoadPlan.Operation"/>: null, or what was wrong.</summary>
    public async Task<string?> RunAsync(int index, CancellationToken deadline) =>
        (await ReadAsync(visitors.Reader(index), deadline).ConfigureAwait(false)).Problem;

    internal static async Task<(IReadOnlyList<string> Links, string? Problem)> ReadAsync(Visitor visitor, CancellationToken deadline)
    {
        Answer answer = await visitor.GetAsync("/", deadline).ConfigureAwait(false);
        return answer.Status != 200 ? ([], $"GET / status {answer.Status}")
            : Html.Heading(answer.Body) is null ? ([], "GET / without a heading")
            : (Html.PostLinks(answer.Body), null);
    }
}
