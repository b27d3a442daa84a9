namespace FooBar.Web.StartUp;

/// <summary>How far this instance's start has come. One writer, many readers.</summary>
internal sealed class SiteState
{
    private volatile bool _prepared;
    private volatile bool _warm;

    /// <summary>
    /// Whether it has seen the database prepared: schema, keys and example data. Once true it stays true: the schema only ever expands.
    /// </summary>
    public bool IsPrepared => _prepared;

    /// <summary>Whether it has asked its own pages since. They are served before, too.</summary>
    public bool IsWarm => _warm;

    public void MarkPrepared() => _prepared = true;

    public void MarkWarm() => _warm = true;
}
