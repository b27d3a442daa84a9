namespace FooBar.LoadBalancer.Tests.Failures;

/// <summary>Bytes that follow from an id: whoever has the id knows whether a body is whole, and whether it is another's.</summary>
internal static class Pattern
{
    /// <summary>The bytes of an id.</summary>
    public static byte[] Of(string id, int length)
    {
        byte[] bytes = new byte[length];
        uint state = 2166136261;
        foreach (char c in id)
            state = (state ^ c) * 16777619;
        for (int i = 0; i < length; i++)
        {
            state = (state * 1664525) + 1013904223;
            bytes[i] = (byte)(state >> 24);
        }

        return bytes;
    }
}
