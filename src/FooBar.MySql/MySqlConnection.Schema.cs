using System.Data;
using System.Data.Common;
using FooBar.MySql.Schema;
using FooBar.MySql.Transport;

namespace FooBar.MySql;

/// <summary>What there is on the server, as tables.</summary>
public sealed partial class MySqlConnection
{
    /// <summary>The collections that there are: <see cref="GetSchema(string, string[])"/>.</summary>
    public override DataTable GetSchema() => GetSchema(DbMetaDataCollectionNames.MetaDataCollections);

    /// <summary>A whole collection: <see cref="GetSchema(string, string[])"/>.</summary>
    public override DataTable GetSchema(string collectionName) => GetSchema(collectionName, []);

    /// <summary>
    /// A collection of facts about the server, as a table: the README lists them. Those about tables are read from information_schema and
    /// have its columns.
    /// </summary>
    /// <param name="collectionName">A name out of MetaDataCollections; its case does not count.</param>
    /// <param name="restrictionValues">
    /// What the entries must be equal to, in the order of the collection Restrictions; null, or missing at the end, for any.
    /// </param>
    /// <exception cref="ArgumentException">There is no such collection, or it has fewer restrictions.</exception>
    /// <exception cref="InvalidOperationException">The connection is not open, or has a reader open.</exception>
    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) =>
        GetSchemaAsync(collectionName, restrictionValues, async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="GetSchema()" />
    public override Task<DataTable> GetSchemaAsync(CancellationToken cancellationToken = default) =>
        GetSchemaAsync(DbMetaDataCollectionNames.MetaDataCollections, cancellationToken);

    /// <inheritdoc cref="GetSchema(string)" />
    public override Task<DataTable> GetSchemaAsync(string collectionName, CancellationToken cancellationToken = default) =>
        GetSchemaAsync(collectionName, [], cancellationToken);

    /// <inheritdoc cref="GetSchema(string, string[])" />
    public override Task<DataTable> GetSchemaAsync(
        string collectionName, string?[] restrictionValues, CancellationToken cancellationToken = default) =>
        GetSchemaAsync(collectionName, restrictionValues, async: true, cancellationToken).AsTask();

    private async ValueTask<DataTable> GetSchemaAsync(
        string collectionName, string?[]? restrictionValues, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(collectionName);
        cancellationToken.ThrowIfCancellationRequested();
        SchemaCollection collection = SchemaCollections.Find(collectionName);
        _ = Session;
        return await collection.ReadAsync(this, restrictionValues ?? [], async, cancellationToken).ConfigureAwait(false);
    }
}
