using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace FooBar.MySql;

/// <summary>The values of a command, found by name; a name may begin with @ or not, and its case does not count.</summary>
[SuppressMessage("Design", "CA1010", Justification = "ADO.NET's base class is not generic.")]
public sealed class MySqlParameterCollection : DbParameterCollection
{
    private readonly List<MySqlParameter> _parameters = [];

    /// <inheritdoc />
    public override int Count => _parameters.Count;

    /// <inheritdoc />
    public override object SyncRoot => ((ICollection)_parameters).SyncRoot;

    /// <summary>A parameter by its position.</summary>
    public new MySqlParameter this[int index]
    {
        get => _parameters[index];
        set => _parameters[index] = Own(value);
    }

    /// <summary>A parameter by its name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public new MySqlParameter this[string parameterName]
    {
        get => _parameters[Require(parameterName)];
        set => _parameters[Require(parameterName)] = Own(value);
    }

    /// <summary>Adds a parameter.</summary>
    public MySqlParameter AddWithValue(string name, object? value)
    {
        MySqlParameter parameter = new(name, value);
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Adds a <see cref="MySqlParameter"/>.</summary>
    public override int Add(object value)
    {
        _parameters.Add(Own(value));
        return _parameters.Count - 1;
    }

    /// <inheritdoc />
    public override void AddRange(Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (object? value in values) _parameters.Add(Own(value));
    }

    /// <inheritdoc />
    public override void Clear() => _parameters.Clear();

    /// <inheritdoc />
    public override bool Contains(object value) => IndexOf(value) >= 0;

    /// <inheritdoc />
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc />
    public override void CopyTo(Array array, int index) => ((ICollection)_parameters).CopyTo(array, index);

    /// <inheritdoc />
    public override IEnumerator GetEnumerator() => _parameters.GetEnumerator();

    /// <inheritdoc />
    public override int IndexOf(object value) => value is MySqlParameter parameter ? _parameters.IndexOf(parameter) : -1;

    /// <inheritdoc />
    public override int IndexOf(string parameterName) => parameterName is null ? -1 : Find(MySqlParameter.Bare(parameterName), hint: 0);

    /// <inheritdoc />
    public override void Insert(int index, object value) => _parameters.Insert(index, Own(value));

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The parameter is not in the collection.</exception>
    public override void Remove(object value)
    {
        if (!_parameters.Remove(Own(value))) throw new ArgumentException("The parameter is not in this collection.", nameof(value));
    }

    /// <inheritdoc />
    public override void RemoveAt(int index) => _parameters.RemoveAt(index);

    /// <inheritdoc />
    public override void RemoveAt(string parameterName) => _parameters.RemoveAt(Require(parameterName));

    /// <summary>Looks for a name (without @) from a position on and around: callers mostly ask in the order in which they were added.</summary>
    internal int Find(ReadOnlySpan<char> bareName, int hint)
    {
        for (int step = 0; step < _parameters.Count; step++)
        {
            int index = (hint + step) % _parameters.Count;
            if (_parameters[index].IsNamed(bareName)) return index;
        }

        return -1;
    }

    /// <inheritdoc />
    protected override DbParameter GetParameter(int index) => _parameters[index];

    /// <inheritdoc />
    protected override DbParameter GetParameter(string parameterName) => _parameters[Require(parameterName)];

    /// <inheritdoc />
    protected override void SetParameter(int index, DbParameter value) => _parameters[index] = Own(value);

    /// <inheritdoc />
    protected override void SetParameter(string parameterName, DbParameter value) => _parameters[Require(parameterName)] = Own(value);

    private static MySqlParameter Own(object? value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value as MySqlParameter
            ?? throw new ArgumentException($"A {nameof(MySqlParameter)} is needed, not {value.GetType().Name}.", nameof(value));
    }

    private int Require(string parameterName)
    {
        int index = IndexOf(parameterName);
        return index >= 0 ? index : throw new ArgumentException($"There is no parameter '{parameterName}'.", nameof(parameterName));
    }
}
