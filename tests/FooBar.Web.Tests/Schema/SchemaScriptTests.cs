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
        Assert.Contains("IF NOT EXISTS", script.Sql, StringComparison.Ordinal);
    });

    [Fact]
    public void All_OperationTable_IsTheOneThatTheDataLayerPublishes() => Assert.Equal(
        OperationTable.Sql.ReplaceLineEndings("\n").Trim(),
        SchemaScript.All().Single(script => script.Name == "0002_operation.sql").Sql.ReplaceLineEndings("\n").Trim());

    [Fact]
    public void Checksum_OtherLineEnds_TheSame() =>
        Assert.Equal(new SchemaScript("a", "one\ntwo\n").Checksum, new SchemaScript("a", "one\r\ntwo\r\n").Checksum);

    [Fact]
    public void Checksum_OtherText_Another() => Assert.NotEqual(new SchemaScript("a", "one").Checksum, new SchemaScript("a", "two").Checksum);
}
