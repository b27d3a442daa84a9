namespace FooBar.LoadBalancer.Upstream;

/// <summary>Status and header section of an answer, and how its body is delimited.</summary>
/// <param name="Status">100 to 599.</param>
/// <param name="Fields">All field lines in their order, those of the connection included.</param>
/// <param name="ContentLength">The value of Content-Length; null if there is none.</param>
/// <param name="IsChunked">Whether the body is chunked.</param>
/// <param name="KeepsAlive">Whether the connection can be used again after it.</param>
internal sealed record ResponseHead(int Status, HeaderField[] Fields, long? ContentLength, bool IsChunked, bool KeepsAlive);
