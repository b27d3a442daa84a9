using System.Data;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>Parameters and their collection, as code sees them that knows only the base classes.</summary>
public sealed class ParameterTests
{
    private readonly DbParameterCollection _parameters = new MySqlCommand().Parameters;

    [Fact]
    public void Parameter_New_HasAdoNetsDefaults()
    {
        DbParameter parameter = MySqlClientFactory.Instance.CreateParameter();

        Assert.Equal((DbType.String, ParameterDirection.Input, false, string.Empty), (parameter.DbType, parameter.Direction, parameter.IsNullable, parameter.ParameterName));
        Assert.Equal((0, 0, 0), (parameter.Size, parameter.Precision, parameter.Scale));
        Assert.Equal((string.Empty, DataRowVersion.Current, false, null), (parameter.SourceColumn, parameter.SourceVersion, parameter.SourceColumnNullMapping, parameter.Value));
    }

    [Fact]
    public void Parameter_KeepsWhatCodeSets()
    {
        MySqlParameter parameter = new()
        {
            DbType = DbType.Int32,
            Direction = ParameterDirection.Input,
            IsNullable = true,
            ParameterName = "@a",
            Size = 7,
            Precision = 8,
            Scale = 9,
            SourceColumn = "s",
            SourceVersion = DataRowVersion.Original,
            SourceColumnNullMapping = true,
            Value = 5,
        };
        DbParameter clone = (DbParameter)((ICloneable)parameter).Clone();
        parameter.Value = 6;
        parameter.ResetDbType();
        Assert.Equal(DbType.String, parameter.DbType);

        Assert.Equal((DbType.Int32, true, "@a", 7, (byte)8, (byte)9), (clone.DbType, clone.IsNullable, clone.ParameterName, clone.Size, clone.Precision, clone.Scale));
        Assert.Equal(("s", DataRowVersion.Original, true, 5), (clone.SourceColumn, clone.SourceVersion, clone.SourceColumnNullMapping, clone.Value));
        parameter.ParameterName = null;
        parameter.SourceColumn = null;
        Assert.Equal((string.Empty, string.Empty), (parameter.ParameterName, parameter.SourceColumn));
        parameter.Value = null;
        Assert.Null(parameter.Value);
    }

    [Fact]
    public void Collection_AddsFindsAndRemoves()
    {
        MySqlParameter a = new("a", 1);
        MySqlParameter b = new("@B", 2);
        Assert.Equal(0, _parameters.Add(a));
        _parameters.AddRange(new[] { b });
        _parameters.Insert(0, new MySqlParameter("first", 0));

        Assert.Equal((3, 1, 2, 2, -1), (_parameters.Count, _parameters.IndexOf(a), _parameters.IndexOf("b"), _parameters.IndexOf("@b"), _parameters.IndexOf("x")));
        Assert.Equal((true, true, false, false), (_parameters.Contains(b), _parameters.Contains("A"), _parameters.Contains(new MySqlParameter()), _parameters.Contains("x")));
        Assert.Equal((a, b), (_parameters[1], _parameters["b"]));
        _parameters["b"] = new MySqlParameter("c", 3);
        _parameters[0] = b;
        DbParameter?[] copy = new DbParameter?[4];
        _parameters.CopyTo(copy, 1);
        Assert.Equal([null, b, a, _parameters["c"]], copy);
        Assert.Equal([b, a, _parameters["c"]], _parameters.Cast<DbParameter>());
        _parameters.Remove(a);
        _parameters.RemoveAt("c");
        _parameters.RemoveAt(0);
        Assert.Empty(_parameters);
        _parameters.Add(a);
        _parameters.Clear();
        Assert.Empty(_parameters);
        Assert.Equal((false, false, false), (_parameters.IsFixedSize, _parameters.IsReadOnly, _parameters.IsSynchronized));
    }

    [Fact]
    public void Collection_GivenNothing_SaysSoOrFindsNothing()
    {
        Assert.Throws<ArgumentNullException>(() => _parameters.Add(null!));
        Assert.Throws<ArgumentNullException>(() => _parameters.AddRange(null!));
        Assert.Throws<ArgumentNullException>(() => _parameters.Insert(0, null!));
        Assert.Throws<ArgumentNullException>(() => _parameters.Remove(null!));
        Assert.Equal((-1, -1, false, false), (_parameters.IndexOf((object)null!), _parameters.IndexOf((string)null!), _parameters.Contains((object)null!), _parameters.Contains((string)null!)));
        _parameters.Add(new MySqlParameter("a", 1));
        Assert.Throws<ArgumentNullException>(() => _parameters[0] = null!);
        Assert.Throws<ArgumentNullException>(() => _parameters["a"] = null!);
        Assert.Throws<ArgumentNullException>(() => ((System.Collections.IList)_parameters)[0] = null);
        Assert.Throws<ArgumentNullException>(() => ((IDataParameterCollection)_parameters)["a"] = null!);
    }

    [Fact]
    public void Collection_GivenTheWrongThing_SaysWhat()
    {
        Assert.Equal("A MySqlParameter is needed, not String. (Parameter 'value')", Assert.Throws<ArgumentException>(() => _parameters.Add("a")).Message);
        Assert.Equal("The parameter is not in this collection. (Parameter 'value')", Assert.Throws<ArgumentException>(() => _parameters.Remove(new MySqlParameter())).Message);
        Assert.Equal("There is no parameter 'x'. (Parameter 'parameterName')", Assert.Throws<ArgumentException>(() => _parameters["x"]).Message);
        Assert.Throws<ArgumentException>(() => _parameters["x"] = new MySqlParameter());
        Assert.Throws<ArgumentException>(() => _parameters.RemoveAt("x"));
        foreach (int index in (int[])[-1, 0, 1])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _parameters[index]);
            Assert.Throws<ArgumentOutOfRangeException>(() => _parameters[index] = new MySqlParameter());
            Assert.Throws<ArgumentOutOfRangeException>(() => _parameters.RemoveAt(index));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => _parameters.Insert(-1, new MySqlParameter()));
        Assert.Throws<ArgumentOutOfRangeException>(() => _parameters.Insert(1, new MySqlParameter()));
        Assert.Throws<ArgumentException>(() => _parameters.AddRange(new object[] { 1 }));
    }
}
