using System.Data;
using FooBar.MySql.Results;
using FooBar.MySql.Sessions;

namespace FooBar.MySql.Statements;

/// <summary>One execution of a command; a value, so that the execution allocates nothing for it.</summary>
internal readonly struct CommandExecution(
    MySqlCommand command, Session session, string statement, MySqlParameterCollection parameters, CommandBehavior behavior) : IExecution
{
    public object Owner => command;

    public BatchExecution? Batch => null;

    public string ObservedText => statement;

    public ValueTask<ResultStream> BeginAsync(bool async) => behavior.HasFlag(CommandBehavior.SchemaOnly)
        ? SchemaOnlyExecution.DescribeAsync(session, statement, async)
        : StatementExecution.ExecuteAsync(session, statement, parameters, async);
}
