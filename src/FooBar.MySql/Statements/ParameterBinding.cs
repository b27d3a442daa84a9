using FooBar.MySql.Types;

namespace FooBar.MySql.Statements;

/// <summary>Which of a command's parameters stands for which placeholder of a statement.</summary>
internal readonly struct ParameterBinding
{
    private readonly MySqlParameterCollection? _parameters;

    /// <summary>The parameter's position for each placeholder; null when they are in the same order.</summary>
    private readonly int[]? _positions;

    private ParameterBinding(int count, bool hasLongData, MySqlParameterCollection? parameters, int[]? positions)
    {
        Count = count;
        HasLongData = hasLongData;
        _parameters = parameters;
        _positions = positions;
    }

    /// <summary>Number of placeholders.</summary>
    public int Count { get; }

    /// <summary>Some values are streams, which can be read once.</summary>
    public bool HasLongData { get; }

    /// <summary>The value of a placeholder.</summary>
    public object? this[int placeholder] => _parameters![_positions?[placeholder] ?? placeholder].Value;

    /// <exception cref="MySqlException">A parameter has no value.</exception>
    /// <exception cref="NotSupportedException">A value is of a type that cannot be sent.</exception>
    public static ParameterBinding Of(StatementText text, MySqlParameterCollection? parameters)
    {
        string[] names = text.ParameterNames;
        int[]? positions = null;
        int hint = 0;
        bool hasLongData = false;
        for (int placeholder = 0; placeholder < names.Length; placeholder++)
        {
            int position = parameters?.Find(names[placeholder], hint) ?? -1;
            if (position < 0)
            {
                throw new MySqlException(
                    $"The statement has the parameter '@{names[placeholder]}', and the command has no value for it. "
                    + $"(A user variable is written @`{names[placeholder]}`.)",
                    MySqlFailurePhase.NotSent,
                    MySqlFailureReason.Refused);
            }

            hint = position + 1;
            ParameterValues.TypeOf(parameters![position].Value);
            hasLongData |= LongData.Is(parameters[position].Value);
            if (positions is null && position != placeholder) positions = [.. Enumerable.Range(0, names.Length)];
            if (positions is not null) positions[placeholder] = position;
        }

        return new ParameterBinding(names.Length, hasLongData, parameters, positions);
    }
}
