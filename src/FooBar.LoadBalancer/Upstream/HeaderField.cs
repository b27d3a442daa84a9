namespace FooBar.LoadBalancer.Upstream;

/// <summary>One field line of a header or trailer section, as the backend sent it.</summary>
/// <param name="Name">A token (RFC 9110, 5.1); in the usual capitals if it is a common one.</param>
/// <param name="Value">Without the white space around it; each byte is one character.</param>
internal readonly record struct HeaderField(string Name, string Value);
