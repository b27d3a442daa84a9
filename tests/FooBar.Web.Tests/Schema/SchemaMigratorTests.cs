using FooBar.Web.Schema;

namespace FooBar.Web.Tests.Schema;

public sealed class SchemaMigratorTests
{
    private static readonly SchemaScript[] Scripts = [new("0001_a.sql", "A"), new("0002_b.sql", "B"), new("0003_c.sql", "C")];

    [Theory]
    [InlineData("", "0001_a.sql 0002_b.sql 0003_c.sql")]
    [InlineData("0001_a.sql", "0002_b.sql 0003_c.sql")]
    [InlineData("0001_a.sql 0002_b.sql 0003_c.sql", "")]
    [InlineData("0001_a.sql 0002_b.sql 0003_c.sql 0004_of_a_newer_build.sql", "")]
    public void Missing_AppliedBefore_TheRestInOrder(string applied, string missing) =>
        Assert.Equal(missing, string.Join(' ', SchemaMigrator.Missing(Scripts, Applied(applied)).Select(script => script.Name)));

    [Fact]
    public void Missing_ChangedScript_RefusedWithBothChecksums()
    {
        Dictionary<string, string> applied = Applied("0001_a.sql");
        applied["0001_a.sql"] = "other";
        SchemaException refused = Assert.Throws<SchemaException>(() => SchemaMigrator.Missing(Scripts, applied));
        Assert.Equal(
            $"0001_a.sql was changed after it was applied: the database has other, this build has {Scripts[0].Checksum}. " +
            "Restore the file; what the schema needs now goes into a file of its own.",
            refused.Message);
    }

    [Fact]
    public void Missing_ScriptBeforeAnAppliedOne_Refused()
    {
        SchemaException refused = Assert.Throws<SchemaException>(() => SchemaMigrator.Missing(Scripts, Applied("0001_a.sql 0003_c.sql")));
        Assert.Equal(
            "0002_b.sql is not applied but 0003_c.sql, which comes behind it, is. " +
            "Give the new file a number behind every file that was ever released.",
            refused.Message);
    }

    private static Dictionary<string, string> Applied(string names) =>
        names.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(name => name, name => Scripts.FirstOrDefault(script => script.Name == name)?.Checksum ?? "newer");
}
