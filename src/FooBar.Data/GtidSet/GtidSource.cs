namespace FooBar.Data;

/// <summary>The transactions of one source: a server's or group's UUID and a tag (empty for none), with normalized runs, never empty.</summary>
internal sealed record GtidSource(Guid Uuid, string Tag, GtidInterval[] Intervals)
{
    /// <summary>The server's own order: by UUID as text, the untagged transactions first, then by tag.</summary>
    public int CompareTo(Guid uuid, string tag)
    {
        int byUuid = Uuid.CompareTo(uuid);
        return byUuid != 0 ? byUuid : string.CompareOrdinal(Tag, tag);
    }
}
