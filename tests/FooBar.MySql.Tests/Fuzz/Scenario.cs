namespace FooBar.MySql.Tests.Fuzz;

/// <summary>
/// What a program does with a connection: all of it, with all that the answers hold, written down. A conversation that went wrong either
/// throws or gives the same text as a right one.
/// </summary>
/// <param name="Name">For messages.</param>
/// <param name="RunAsync">The calls; what they gave is appended.</param>
internal sealed record Scenario(string Name, Func<Client, ValueTask> RunAsync)
{
    public static readonly Scenario[] All =
    [
        new("text rows of every type", async client =>
        {
            await client.OpenAsync();
            await client.QueryAsync("SELECT all_types");
            await client.CloseAsync();
        }),
        new("prepared rows of every type", async client =>
        {
            await client.OpenAsync();
            await client.QueryAsync("SELECT all_types @v", 1);
            await client.CloseAsync();
        }),
        new("several results", async client =>
        {
            await client.OpenAsync();
            await client.QueryAsync("CALL many_results()");
            await client.QueryAsync("CALL many_results(@v)", 1);
            await client.CloseAsync();
        }),
        new("a transaction", async client =>
        {
            await client.OpenAsync();
            await client.WriteAsync();
            await client.CloseAsync();
        }),
        new("errors", async client =>
        {
            await client.OpenAsync();
            await client.RefusedAsync("SELECT deadlock", null, 1213);
            await client.RefusedAsync("SELECT deadlock, @v", 1, 1213);
            await client.RefusedAsync("SELECT no_syntax @v", 1, 1064);
            await client.RefusedAsync("SELECT late_error", null, 1213);
            await client.QueryAsync("SELECT @v", 5);
            await client.CloseAsync();
        }),
        new("large rows in sequence", async client =>
        {
            await client.OpenAsync();
            await client.StreamAsync("SELECT large_rows");
            await client.StreamAsync("SELECT large_rows, @v", 1);
            await client.CloseAsync();
        }),
        new("batches", async client =>
        {
            await client.OpenAsync();
            await client.BatchAsync(("SELECT @v", 1), ("SELECT all_types", null), ("SELECT @v", 2));
            await client.RefusedAsync(1213, ("SELECT @v", 3), ("SELECT deadlock", null), ("SELECT @v", 4));
            await client.BatchInTransactionAsync(("INSERT tracked", null), ("SELECT @v", 5), ("UPDATE tracked SET a = @v", 6));
            await client.QueryAsync("SELECT @v", 7);
            await client.CloseAsync();
        }),
        new("two owners", async client =>
        {
            await client.OpenAsync();
            await client.QueryAsync("SELECT @v", 7);
            await client.CloseAsync();
            await client.OpenAsync();
            await client.QueryAsync("SELECT @v", 8);
            await client.QueryAsync("SELECT @v", 9);
            await client.CloseAsync();
        }),
    ];

    /// <summary>Rows of which nobody wants any: they are read to their end within one call.</summary>
    public static readonly Scenario Skim = new("skimming", async client =>
    {
        await client.OpenAsync();
        await client.SkimAsync("SELECT all_types");
        await client.SkimAsync("SELECT all_types @v", 1);
        await client.SkimAsync("CALL many_results()");
        await client.CloseAsync();
    });

    /// <summary>A reader that is closed behind its first row.</summary>
    public static readonly Scenario Abandon = new("abandoning", async client =>
    {
        await client.OpenAsync();
        await client.AbandonAsync("SELECT all_types");
        await client.CloseAsync();
    });

    /// <summary>The connection alone.</summary>
    public static readonly Scenario Open = new("opening", async client =>
    {
        await client.OpenAsync();
        await client.CloseAsync();
    });

    /// <summary>Asks for a number back: the answer cannot be that of another question.</summary>
    public static Scenario Echo(int number) => new("echo", async client =>
    {
        await client.OpenAsync();
        await client.QueryAsync("SELECT @v", number);
        await client.CloseAsync();
    });
}
