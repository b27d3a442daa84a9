namespace FooBar.Load.Journeys;

/// <summary>Whether one form is sent a second time, as by a double click or a reload.</summary>
public enum SendTwice
{
    /// <summary>Once.</summary>
    Never,

    /// <summary>Again, when the first answer is there.</summary>
    AfterTheAnswer,

    /// <summary>Both at the same time.</summary>
    AtOnce,
}

/// <summary>How notices are posted.</summary>
public sealed record PostNoticeOptions
{
    /// <summary>Whether each form is sent twice; both answers must then lead to the same post. Never by default.</summary>
    public SendTwice Twice { get; init; }

    /// <summary>
    /// Whether a form whose answer was lost with its connection, or was an error of the server's (5xx), is sent again with the same
    /// operation id until the deadline, as a careful client would. Not by default: then that is a failure.
    /// </summary>
    public bool RepeatUntilDeadline { get; init; }

    /// <summary>Time between a lost answer and the next try; 250 ms by default.</summary>
    public TimeSpan RepeatPause { get; init; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>
/// Posts a notice as a visitor does: gets the form, sends it with its hidden fields, follows the redirect, and looks whether the notice is
/// there. What was sent and acknowledged is in the journal. Thread-safe.
/// </summary>
public sealed class PostNotice(Visitors visitors, PostJournal journal, TimeProvider time, PostNoticeOptions? options = null)
{
    private const string Form = "/posts/new";

    private readonly PostNoticeOptions _options = options ?? new PostNoticeOptions();

    /// <summary>Fit for <see cref="LoadPlan.Operation"/>: null, or what was wrong.</summary>
    public async Task<string?> RunAsync(int index, CancellationToken deadline)
    {
        Visitor visitor = visitors.Rent();
        try
        {
            return await PostAsync(visitor, deadline).ConfigureAwait(false);
        }
        finally
        {
            visitors.Return(visitor);
        }
    }

    private async Task<string?> PostAsync(Visitor visitor, CancellationToken deadline)
    {
        Answer page = await visitor.GetAsync(Form, deadline).ConfigureAwait(false);
        if (page.Status != 200)
        {
            return $"GET /posts/new status {page.Status}";
        }

        if (Html.HiddenFields(page.Body) is not { } hidden || !hidden.TryGetValue("op", out string? operation))
        {
            return "GET /posts/new without its form";
        }

        string title = journal.NextTitle();
        Dictionary<string, string> fields = new(hidden)
        {
            ["title"] = title,
            ["author"] = "Load generator",
            ["body"] = $"Posted to see how the board carries its load: {title}.",
        };
        PostJournalEntry entry = journal.Add(title, operation);
        if (await SendAllAsync(visitor, fields, entry, deadline).ConfigureAwait(false) is { } problem)
        {
            return problem;
        }

        if (entry.Locations is not [string location])
        {
            return "one form became two posts";
        }

        Answer post = await visitor.GetAsync(location, deadline).ConfigureAwait(false);
        return post.Status != 200 ? $"the new post answers status {post.Status}"
            : Html.Heading(post.Body) != title ? "the new post shows another title"
            : null;
    }

    private async Task<string?> SendAllAsync(Visitor visitor, Dictionary<string, string> fields, PostJournalEntry entry, CancellationToken deadline)
    {
        if (_options.Twice == SendTwice.AtOnce)
        {
            string?[] problems = await Task.WhenAll(SendAsync(visitor, fields, entry, deadline), SendAsync(visitor, fields, entry, deadline)).ConfigureAwait(false);
            return problems[0] ?? problems[1];
        }

        string? problem = await SendAsync(visitor, fields, entry, deadline).ConfigureAwait(false);
        return problem is null && _options.Twice == SendTwice.AfterTheAnswer ? await SendAsync(visitor, fields, entry, deadline).ConfigureAwait(false) : problem;
    }

    /// <summary>Sends the form until it is acknowledged; once, unless it is to be repeated.</summary>
    private async Task<string?> SendAsync(Visitor visitor, Dictionary<string, string> fields, PostJournalEntry entry, CancellationToken deadline)
    {
        while (true)
        {
            entry.Send();
            try
            {
                Answer answer = await visitor.PostAsync($"{Form}?op={entry.Operation}", fields, deadline).ConfigureAwait(false);
                if (answer.Status == 303 && PostJournal.IdOf(answer.Location) is not null)
                {
                    entry.Acknowledge(answer.Location!);
                    return null;
                }

                if (answer.Status < 500)
                {
                    return $"POST /posts/new status {answer.Status}";
                }

                entry.LeaveUnanswered();
                if (!_options.RepeatUntilDeadline)
                {
                    return $"POST /posts/new status {answer.Status}";
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                entry.LeaveUnanswered();
                if (!_options.RepeatUntilDeadline || deadline.IsCancellationRequested)
                {
                    throw;
                }
            }

            await Task.Delay(_options.RepeatPause, time, deadline).ConfigureAwait(false);
        }
    }
}
