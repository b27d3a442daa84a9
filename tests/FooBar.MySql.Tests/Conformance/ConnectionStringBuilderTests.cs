using System.Collections;
using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>The builder as a dictionary, as tools use it that know only its base class.</summary>
public sealed class ConnectionStringBuilderTests
{
    private readonly DbConnectionStringBuilder _builder = MySqlClientFactory.Instance.CreateConnectionStringBuilder();

    [Fact]
    public void Builder_New_HasEveryKeyAtItsDefaultAndAnEmptyString()
    {
        Assert.Equal(string.Empty, _builder.ConnectionString);
        Assert.True(_builder.IsFixedSize);
        Assert.False(_builder.IsReadOnly);
        Assert.Equal(_builder.Count, _builder.Keys.Count);
        Assert.Equal(_builder.Count, _builder.Values.Count);
        Assert.True(_builder.Count > 20);
        foreach (string key in _builder.Keys)
        {
            Assert.True(_builder.ContainsKey(key));
            Assert.True(_builder.TryGetValue(key, out object? value));
            Assert.Equal(_builder[key], value);
            Assert.False(_builder.ShouldSerialize(key));
            Assert.False(_builder.Remove(key));
        }

        Assert.Equal(_builder.Keys.Cast<string>().Select(key => _builder[key]), _builder.Values.Cast<object>());
    }

    [Fact]
    public void Key_Set_IsInTheStringUntilItIsRemoved()
    {
        _builder.Add("PORT", 1234);
        _builder["server"] = "s";

        Assert.Equal("Server=s;Port=1234", _builder.ConnectionString);
        Assert.Equal(_builder.ConnectionString, _builder.ToString());
        Assert.True(_builder.ShouldSerialize("port"));
        Assert.True(_builder.TryGetValue("pORT", out object? port));
        Assert.Equal(("1234", "1234"), (port, _builder["Port"]));
        Assert.True(_builder.Remove("port"));
        Assert.False(_builder.Remove("port"));
        Assert.Equal(("Server=s", "3306"), (_builder.ConnectionString, _builder["Port"]));
        _builder.Clear();
        Assert.Equal((string.Empty, string.Empty), (_builder.ConnectionString, _builder["Server"]));
        Assert.True(_builder.ContainsKey("Server"));
    }

    [Fact]
    public void Key_Unknown_IsNotThereAndCannotBeSet()
    {
        Assert.Equal((false, false, false), (_builder.ContainsKey("x"), _builder.Remove("x"), _builder.ShouldSerialize("x")));
        Assert.False(_builder.TryGetValue("x", out object? value));
        Assert.Null(value);
        Assert.StartsWith("The connection string has the unknown key 'x'. Known are: Server, ", Assert.Throws<ArgumentException>(() => _builder["x"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _builder["x"] = 1);
        Assert.Throws<ArgumentException>(() => _builder.Add("x", 1));
    }

    [Fact]
    public void Key_Null_IsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => _builder.ContainsKey(null!));
        Assert.Throws<ArgumentNullException>(() => _builder.Remove(null!));
        Assert.Throws<ArgumentNullException>(() => _builder.TryGetValue(null!, out _));
        Assert.Throws<ArgumentNullException>(() => _builder.ShouldSerialize(null!));
        Assert.Throws<ArgumentNullException>(() => _builder[null!]);
        Assert.Throws<ArgumentNullException>(() => _builder[null!] = 1);
    }

    [Fact]
    public void Builder_EquivalentTo_ComparesWhatWasSet()
    {
        DbConnectionStringBuilder same = new MySqlConnectionStringBuilder("user id=u;SERVER=s");
        _builder.ConnectionString = "Server=s;User ID=u";

        Assert.True(_builder.EquivalentTo(same));
        same["Port"] = 1;
        Assert.False(_builder.EquivalentTo(same));
        _builder.ConnectionString = null;
        Assert.Equal(string.Empty, _builder.ConnectionString);
    }

    [Fact]
    public void Builder_Enumerated_GivesWhatWasSet()
    {
        _builder["Port"] = 5;

        Assert.Equal([("Port", "5")], ((IEnumerable)_builder).Cast<KeyValuePair<string, object>>().Select(pair => (pair.Key, (string)pair.Value)));
    }
}
