namespace FooBar.Benchmarks;

/// <summary>A benchmark that cannot go on. The message is the line that the user sees.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
