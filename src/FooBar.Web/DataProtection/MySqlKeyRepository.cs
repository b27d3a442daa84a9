using System.Xml.Linq;
using Dapper;
using FooBar.Data;
using FooBar.MySql;
using FooBar.Web.Database;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace FooBar.Web.DataProtection;

/// <summary>
/// The key ring in MySQL, always read from the primary: a replica that does not have the newest key yet would make this instance create
/// a rival, or refuse a cookie that another instance sealed a moment ago. Thread-safe.
/// </summary>
/// <remarks>
/// The interface is synchronous, so are the driver's calls here; the framework keeps the keys in memory and comes once a day.
/// When this throws, the framework goes on with the keys that it has.
/// </remarks>
internal sealed class MySqlKeyRepository(Data.Database database, DataSources sources, TimeProvider time) : IXmlRepository
{
    /// <inheritdoc />
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using MySqlConnection connection = OpenPrimary();
        return [.. connection.Query<string>("SELECT xml FROM data_protection_key ORDER BY created_at, friendly_name").Select(XElement.Parse)];
    }

    /// <inheritdoc />
    public void StoreElement(XElement element, string friendlyName)
    {
        using MySqlConnection connection = OpenPrimary();

        // The name carries the key's own GUID, so writing it a second time after a lost answer is the same key again.
        connection.Execute(
            "INSERT INTO data_protection_key (friendly_name, xml, created_at) VALUES (@friendlyName, @xml, @now) AS new " +
            "ON DUPLICATE KEY UPDATE xml = new.xml",
            new { friendlyName, xml = element.ToString(SaveOptions.DisableFormatting), now = time.GetUtcNow().UtcDateTime });
    }

    private MySqlConnection OpenPrimary()
    {
        NodeState primary = database.Topology.Primary
            ?? throw new InvalidOperationException("The keys are on the primary, and no database node has proven to be it just now.");
        return sources[primary.Name].App.OpenConnection();
    }
}
