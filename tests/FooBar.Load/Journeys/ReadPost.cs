namespace FooBar.Load.Journeys;

/// <summary>Reads a random post that the front page links to; every few seconds the front page comes first, to know which those are. Thread-safe.</summary>
public sealed class ReadPost(Visitors visitors, TimeProvider time)
{
    private readonly LinkedPosts _posts = new(time);

    /// <summary>Fit for <see cref="LoadPlan.Operation"/>: null, or what was wrong.</summary>
    public async Task<string?> RunAsync(int index, CancellationToken deadline)
    {
        Visitor visitor = visitors.Reader(index);
        if (_posts.IsStale)
        {
            (IReadOnlyList<string> links, string? problem) = await ReadFrontPage.ReadAsync(visitor, deadline).ConfigureAwait(false);
            if (problem is not null)
            {
                return problem;
            }

            _posts.Offer(links);
        }

        if (_posts.Choose() is not { } post)
        {
            return "the front page links to no post";
        }

        Answer answer = await visitor.GetAsync(post, deadline).ConfigureAwait(false);
        return answer.Status != 200 ? $"GET /posts/ID status {answer.Status}"
            : Html.Heading(answer.Body) is null ? "GET /posts/ID without a heading"
            : null;
    }
}
