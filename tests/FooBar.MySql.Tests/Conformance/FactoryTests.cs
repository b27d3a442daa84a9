using System.Data.Common;

namespace FooBar.MySql.Tests.Conformance;

/// <summary>The factory, and what it makes working together with nothing but the base classes.</summary>
public sealed class FactoryTests(MySqlServerFixture mysql)
{
    private readonly DbProviderFactory _factory = MySqlClientFactory.Instance;

    [Fact]
    public void Factory_MakesWhatItSaysItCan()
    {
        Assert.Equal((true, true, false), (_factory.CanCreateDataAdapter, _factory.CanCreateCommandBuilder, _factory.CanCreateDataSourceEnumerator));
        Assert.IsType<MySqlConnection>(_factory.CreateConnection());
        Assert.IsType<MySqlCommand>(_factory.CreateCommand());
        Assert.IsType<MySqlParameter>(_factory.CreateParameter());
        Assert.IsType<MySqlConnectionStringBuilder>(_factory.CreateConnectionStringBuilder());
        Assert.IsType<MySqlDataAdapter>(_factory.CreateDataAdapter());
        Assert.IsType<MySqlCommandBuilder>(_factory.CreateCommandBuilder());
        Assert.Null(_factory.CreateDataSourceEnumerator());
        Assert.NotSame(_factory.CreateCommand(), _factory.CreateCommand());
    }

    [Fact]
    public void Factory_Registered_IsFoundByItsName()
    {
        const string Name = "FooBar.MySql.Tests.Conformance";
        DbProviderFactories.RegisterFactory(Name, typeof(MySqlClientFactory));
        try
        {
            Assert.Same(_factory, DbProviderFactories.GetFactory(Name));
        }
        finally
        {
            DbProviderFactories.UnregisterFactory(Name);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Objects_OfTheFactory_WorkTogether(bool async)
    {
        await using DbConnection connection = _factory.CreateConnection()!;
        connection.ConnectionString = mysql.Server.ConnectionString;
        await connection.OpenAsync(async);
        await using DbCommand command = _factory.CreateCommand()!;
        DbParameter parameter = _factory.CreateParameter()!;
        (command.CommandText, command.Connection) = ("SELECT @a", connection);
        (parameter.ParameterName, parameter.Value) = ("@a", "x");
        command.Parameters.Add(parameter);

        Assert.Equal("x", await command.ScalarAsync(async));
    }
}
