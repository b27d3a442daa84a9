namespace FooBar.LoadBalancer.Upstream;

/// <summary>The backend's answer is not HTTP as RFC 9112 has it, or more of it than is taken. The connection is of no more use.</summary>
internal sealed class UpstreamProtocolException(string message) : IOException(message);
