using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace FooBar.Web.Schema;

/// <summary>
/// One step of the schema: a file <c>NNNN_name.sql</c> with a single statement that may be run again (<c>IF NOT EXISTS</c>). MySQL
/// commits DDL by itself, so a stop between the statement and its record in <c>schema_version</c> makes it run twice.
/// </summary>
internal sealed record SchemaScript(string Name, string Sql)
{
    private const string Folder = "Schema/";

    /// <summary>SHA-256 in lower-case hex over the text with line feeds, so that a checkout with CR LF has the same checksum.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The scripts built into this assembly, in the order in which they apply.</summary>
    public static IReadOnlyList<SchemaScript> All()
    {
        Assembly assembly = typeof(SchemaScript).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => new SchemaScript(name[Folder.Length..], Read(assembly, name))),
        ];
    }

    private static string Read(Assembly assembly, string resource)
    {
        using StreamReader reader = new(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
