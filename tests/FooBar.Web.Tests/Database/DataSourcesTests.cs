using FooBar.Data;
using FooBar.Testing;
using FooBar.Web.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Tests.Database;

public sealed class DataSourcesTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-sources-");
    private readonly DatabaseSettings _settings;
    private readonly DataSources _sources;

    public DataSourcesTests()
    {
        string file = MySqlCertificates.Create(_folder.FullName).CaPath;
        _settings = new()
        {
            CaPath = file,
            App = new() { User = "app", PasswordFile = file },
            Monitor = new() { User = "monitor", PasswordFile = file },
            Schema = new() { User = "schema", PasswordFile = file },
            MaximumPoolSize = 7,
        };
        _settings.Nodes.Add(new() { Name = "db-1", Host = "one.invalid", Port = 3307, Location = "east" });
        _sources = new(Options.Create(_settings), NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _sources.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("two.invalid", "two.invalid:3307")]
    [InlineData("fd00::2", "[fd00::2]:3307")]
    public void TakeOn_Member_HasWaysAsAConfiguredNodeHas(string host, string name)
    {
        DatabaseNode node = _sources.TakeOn(host, 3307);

        Assert.Equal((name, null), (node.Name, node.Location));
        (NodeSources configured, NodeSources taken) = (_sources["db-1"], _sources[name]);
        Assert.Equal((taken.App, taken.Monitor), (node.Application, node.Monitor));
        Assert.Equal(
            new[] { configured.App, configured.Monitor, configured.Schema }.Select(source => source.ConnectionString.Replace("one.invalid", host, StringComparison.Ordinal)),
            new[] { taken.App, taken.Monitor, taken.Schema }.Select(source => source.ConnectionString));
        Assert.Contains("VerifyFull", taken.App.ConnectionString, StringComparison.Ordinal);
        Assert.Equal(["db-1"], _sources.Nodes.Select(one => one.Name));
    }

    [Fact]
    public void LetGo_Member_ItsPoolsAreDisposedAndTheConfiguredOnesAreNot()
    {
        DatabaseNode node = _sources.TakeOn("127.0.0.1", 1);
        NodeSources taken = _sources[node.Name];

        _sources.LetGo(node);

        Assert.Throws<KeyNotFoundException>(() => _sources[node.Name]);
        foreach (MySql.MySqlDataSource source in new[] { taken.App, taken.Monitor, taken.Schema })
            Assert.Throws<ObjectDisposedException>(source.OpenConnection);
        Assert.IsNotType<ObjectDisposedException>(Record.Exception(_sources["db-1"].Monitor.OpenConnection));
    }

    [Fact]
    public void Reconfigure_MemberThatWasTakenOn_KeepsItsWays()
    {
        DatabaseNode node = _sources.TakeOn("two.invalid", 3306);
        NodeSources taken = _sources[node.Name];
        DatabaseSettings changed = new() { CaPath = _settings.CaPath, App = _settings.App, Monitor = _settings.Monitor, Schema = _settings.Schema };
        changed.Nodes.Add(new() { Name = "db-3", Host = "three.invalid" });

        Assert.Single(_sources.Reconfigure(changed, _ => { }));

        Assert.Same(taken, _sources[node.Name]);
        Assert.Equal(["db-3"], _sources.Nodes.Select(one => one.Name));
    }

    [Fact]
    public async Task Dispose_MemberThatWasTakenOn_IsDisposedToo()
    {
        NodeSources taken = _sources[_sources.TakeOn("127.0.0.1", 1).Name];

        await _sources.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(taken.App.OpenConnection);
    }
}
