using FooBar.Data;
using FooBar.Web.Schema;

namespace FooBar.Web.Tests.Schema;

public sealed class SchemaScriptTests
{
    [Fact]
    public void All_Scripts_AreNumberedFromOneWithoutGap()
    {
        IReadOnlyList<SchemaScript> scripts = SchemaScript.All();
        Assert.NotEmpty(scripts);
        Assert.Equal(Enumerable.Range(1, scripts.Count).Select(n => $"{n:0000}_"), scripts.Select(script => script.Name[..5]));
    }

    [Fact]
    public void All_EveryScript_IsOneStatementThatMayRunTwice() => Assert.All(SchemaScript.All(), script =>
    {
        Assert.DoesNotContain(';', script.Sql.TrimEnd().TrimEnd(';'));
        // A key that is there already is taken for one that was added: see SchemaMigrator.
        Assert.Matches("IF NOT EXISTS|ALTER TABLE [a-z_]+ ADD KEY [a-z_]+ ", script.Sql);
    });

    [Fact]
    public void All_OperationTable_IsTheOneThatTheDataLayerPublishes()
    {
        const string key = "KEY operation_created_at (created_at)";
        string published = OperationTable.Sql.ReplaceLineEndings("\n").Trim();

        Assert.Contains(key, published, StringComparison.Ordinal);
        Assert.Equal(published.Replace($",\n    {key}", "", StringComparison.Ordinal), Script("0002_operation.sql"));
        Assert.EndsWith($"ALTER TABLE operation ADD {key}", Script("0005_operation_created_at.sql"), StringComparison.Ordinal);

        static string Script(string name) => SchemaScript.All().Single(script => script.Name == name).Sql.ReplaceLineEndings("\n").Trim();
    }

    [Fact]
    public void Checksum_OtherLineEnds_TheSame() =>
        Assert.Equal(new SchemaScript("a", "one\ntwo\n").Checksum, new SchemaScript("a", "one\r\ntwo\r\n").Checksum);

    [Fact]
    public void Checksum_OtherText_Another() => Assert.NotEqual(new SchemaScript("a", "one").Checksum, new SchemaScript("a", "two").Checksum);
}
