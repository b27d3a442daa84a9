namespace FooBar.MySql.Tests.Chaos;

/// <summary>These tests load the machine, and measure their process: nothing runs beside them.</summary>
[CollectionDefinition(Collection, DisableParallelization = true)]
public sealed class Chaos
{
    public const string Collection = "chaos";
}
