namespace FooBar.Web.Posts;

/// <summary>A notice as it stands on the board.</summary>
internal sealed record Post(long Id, string Title, string Author, string Body, DateTimeOffset CreatedAt);

/// <summary>A notice as the front page shows it: the beginning of its text instead of all of it.</summary>
internal sealed record PostSummary(long Id, string Title, string Author, string Excerpt, DateTimeOffset CreatedAt);
