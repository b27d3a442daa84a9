using FooBar.Testing;
using FooBar.Web.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FooBar.Web.Tests.Database;

public sealed class NodeReloadTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("foobar-reload-");
    private readonly Settings _settings = new();
    private readonly DataSources _sources;
    private readonly Data.Database _database;
    private readonly NodeReload _reload;
    private readonly List<string> _log = [];
    private readonly DatabaseSettings _first = new();

    public NodeReloadTests()
    {
        string file = MySqlCertificates.Create(_folder.FullName).CaPath;
        IDictionary<string, string?> settings = _settings.Values;
        settings["Database:CaPath"] = file;
        foreach (string account in (string[])["App", "Monitor", "Schema"])
            (settings[$"Database:{account}:User"], settings[$"Database:{account}:PasswordFile"]) = (account, file);
        (settings["Database:Nodes:0:Name"], settings["Database:Nodes:0:Host"]) = ("db-1", "one.invalid");
        (settings["Database:Nodes:1:Name"], settings["Database:Nodes:1:Host"]) = ("db-2", "two.invalid");
        IConfigurationRoot configuration = new ConfigurationBuilder().Add(_settings).Build();
        configuration.GetSection("Database").Bind(_first);
        _sources = new(Options.Create(_first), NullLoggerFactory.Instance);
        _database = new(new() { Nodes = _sources.Nodes }, NullLogger<Data.Database>.Instance);
        _reload = new(configuration, new DatabaseSettingsValidator(), _sources, _database, new LineLogger<NodeReload>(_log));
    }

    public async ValueTask DisposeAsync()
    {
        _reload.Dispose();
        await _database.DisposeAsync();
        await _sources.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Reload_NodeAddedMovedAndRemoved_TheOthersKeepTheirWays()
    {
        await _reload.StartAsync(TestContext.Current.CancellationToken);
        (NodeSources one, NodeSources two) = (_sources["db-1"], _sources["db-2"]);

        Change(("1:Host", "moved.invalid"), ("2:Name", "db-3"), ("2:Host", "three.invalid"));
        Assert.Equal(["db-1", "db-2", "db-3"], _database.Topology.Nodes.Select(node => node.Name));
        Assert.Same(one, _sources["db-1"]);
        Assert.NotSame(two, _sources["db-2"]);

        Change(("1:Name", "db-3"), ("1:Host", "three.invalid"), ("2:Name", null), ("2:Host", null));
        Assert.Equal(["db-1", "db-3"], _database.Topology.Nodes.Select(node => node.Name));
        Assert.Equal(["The database's nodes are now db-1, db-2, db-3", "The database's nodes are now db-1, db-3"], _log);
    }

    [Theory]
    [InlineData("1:Name", "db-1", "Database:Nodes has 2 nodes named 'db-1'; names must be unique.")]
    [InlineData("1:Host", "one.invalid", "Database:Nodes has one.invalid:3306 2 times, as db-1 and db-2.")]
    [InlineData("1:Port", "none", "Failed to convert configuration value 'none' at 'Database:Nodes:1:Port' to type 'System.Int32'.")]
    [InlineData("0:Host", "", "Database:Nodes:0:Host is empty.")]
    [InlineData("1:Name", " ", "Database:Nodes:1:Name is empty.")]
    [InlineData("1:Nmae", "db-3", "'ErrorOnUnknownConfiguration' was set on the provided BinderOptions, but the following properties were not found on the instance of FooBar.Web.Database.NodeSettings: 'Nmae'")]
    public async Task Reload_InvalidSettings_AreRefusedWithTheReasonAndWhatWasGoesOn(string key, string value, string reason)
    {
        await _reload.StartAsync(TestContext.Current.CancellationToken);

        Change((key, value));

        Assert.Equal(["db-1", "db-2"], _database.Topology.Nodes.Select(node => node.Name));
        Assert.Equal([$"The changed configuration of the database is refused, and the nodes stay as they were: {reason}"], _log);
    }

    [Fact]
    public void Reconfigure_NodesThatAreNotTaken_AllIsAsItWas()
    {
        DatabaseSettings other = new() { CaPath = _first.CaPath, App = _first.App, Monitor = _first.Monitor, Schema = _first.Schema };
        other.Nodes.Add(new NodeSettings { Name = "db-9", Host = "nine.invalid", Port = 3306 });
        NodeSources one = _sources["db-1"];

        Assert.Throws<DivideByZeroException>(() => _sources.Reconfigure(other, _ => throw new DivideByZeroException()));

        Assert.Same(one, _sources["db-1"]);
        Assert.Equal(["db-1", "db-2"], _sources.Nodes.Select(node => node.Name));
    }

    [Fact]
    public async Task Reload_FileThatIsNoJson_WhatWasGoesOnUntilTheFileIsMended()
    {
        foreach (string key in _settings.Values.Keys.Where(key => key.StartsWith("Database:Nodes:", StringComparison.Ordinal)).ToArray())
            _settings.Values.Remove(key);
        string file = Path.Combine(_folder.FullName, "settings.json");
        const string first = """{ "Database": { "Nodes": [ { "Name": "db-1", "Host": "one.invalid" }, { "Name": "db-2", "Host": "two.invalid" } ] } }""";
        await File.WriteAllTextAsync(file, first, TestContext.Current.CancellationToken);
        TaskCompletionSource refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IConfigurationRoot configuration = new ConfigurationBuilder().Add(_settings).AddJsonFile(source =>
        {
            (source.Path, source.ReloadOnChange, source.OnLoadException) = (file, true, _ => refused.TrySetResult());
            source.ResolveFileProvider();
        }).Build();
        using IDisposable disposable = (IDisposable)configuration;
        using NodeReload reload = new(configuration, new DatabaseSettingsValidator(), _sources, _database, new LineLogger<NodeReload>(_log));
        await reload.StartAsync(TestContext.Current.CancellationToken);

        await ReplaceAsync(file, first[..^3]);
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(["db-1", "db-2"], _database.Topology.Nodes.Select(node => node.Name));
        string told = Assert.Single(_log);
        Assert.StartsWith("The changed configuration in settings.json cannot be read, and the database's nodes stay as they were: ", told, StringComparison.Ordinal);
        Assert.Contains("LineNumber: 0", told, StringComparison.Ordinal);

        await ReplaceAsync(file, first.Replace("db-2", "db-3", StringComparison.Ordinal));
        long startedAt = TimeProvider.System.GetTimestamp();
        while (!_database.Topology.Nodes.Select(node => node.Name).SequenceEqual(["db-1", "db-3"]))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TimeSpan.FromSeconds(30), $"The nodes are {_database.Topology}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Reload_NothingOfTheNodesChanged_IsNoNews()
    {
        await _reload.StartAsync(TestContext.Current.CancellationToken);

        Change();

        Assert.Empty(_log);
    }

    /// <summary>At once, as an editor does: nobody reads half of it.</summary>
    private static async Task ReplaceAsync(string file, string text)
    {
        await File.WriteAllTextAsync(file + ".new", text, TestContext.Current.CancellationToken);
        File.Move(file + ".new", file, overwrite: true);
    }

    private void Change(params (string Key, string? Value)[] changes)
    {
        foreach ((string key, string? value) in changes)
        {
            if (value is null)
                _settings.Values.Remove($"Database:Nodes:{key}");
            else
                _settings.Values[$"Database:Nodes:{key}"] = value;
        }

        _settings.Changed();
    }

    /// <summary>As a file that is edited.</summary>
    private sealed class Settings : ConfigurationProvider, IConfigurationSource
    {
        public IDictionary<string, string?> Values => Data;

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public void Changed() => OnReload();
    }
}
