namespace FooBar.Web.Tests.Site;

/// <summary>One database server and, on a database of it, two instances of the site, both started at once on an empty database.</summary>
public sealed class SiteFixture : IAsyncLifetime
{
    public SiteDatabase Database { get; private set; } = null!;

    public SiteTarget Target { get; private set; } = null!;

    public string DatabaseName => Target.Name;

    public WebInstance First { get; private set; } = null!;

    public WebInstance Second { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await SiteDatabase.StartAsync();
        Target = await Database.CreateAsync();
        WebInstance[] instances = await Task.WhenAll(WebInstance.StartAsync(Target), WebInstance.StartAsync(Target));
        (First, Second) = (instances[0], instances[1]);
        await Task.WhenAll(First.WaitForReadinessAsync(ready: true), Second.WaitForReadinessAsync(ready: true));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WebInstance? instance in (WebInstance?[])[First, Second])
        {
            if (instance is not null)
                await instance.DisposeAsync();
        }

        if (Database is not null)
            await Database.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class SiteGroup : ICollectionFixture<SiteFixture>
{
    public const string Name = "site";
}
