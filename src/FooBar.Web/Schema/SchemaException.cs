namespace FooBar.Web.Schema;

/// <summary>The database's schema and this build's scripts contradict each other; trying again does not help.</summary>
internal sealed class SchemaException(string message) : Exception(message);
