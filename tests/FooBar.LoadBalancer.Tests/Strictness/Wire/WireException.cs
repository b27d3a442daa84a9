namespace FooBar.LoadBalancer.Tests.Strictness.Wire;

/// <summary>Bytes on a connection are not what they must be.</summary>
internal sealed class WireException(string message) : Exception(message);
