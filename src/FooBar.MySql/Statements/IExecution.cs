using FooBar.MySql.Results;

namespace FooBar.MySql.Statements;

/// <summary>What a command or a batch sends: executed once, as one call of the session.</summary>
internal interface IExecution
{
    /// <summary>The command or batch, which may cancel the call.</summary>
    object Owner { get; }

    /// <summary>What is left behind the first results; null for a command, which has none.</summary>
    BatchExecution? Batch { get; }

    /// <summary>The SQL, as it is observed.</summary>
    string ObservedText { get; }

    /// <summary>Sends it and reads up to its first row.</summary>
    ValueTask<ResultStream> BeginAsync(bool async);
}
