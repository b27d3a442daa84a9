namespace FooBar.Web.StartUp;

/// <summary>Whether this instance has seen the database prepared: schema, keys and example data. One writer, many readers.</summary>
internal sealed class SiteState
{
    private volatile bool _prepared;

    /// <summary>Once true it stays true: the schema only ever expands.</summary>
    public bool IsPrepared => _prepared;

    public void MarkPrepared() => _prepared = true;
}
