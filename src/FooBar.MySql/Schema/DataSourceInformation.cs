using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FooBar.MySql.Schema;

/// <summary>What tools must know about MySQL's SQL and this driver's parameters to write statements: one row.</summary>
internal static class DataSourceInformation
{
    private const int LongestIdentifier = 64;

    public static DataTable Make(MySqlConnection connection)
    {
        DataTable table = new() { Locale = CultureInfo.InvariantCulture };
        DataRow row = table.NewRow();
        Add(DbMetaDataColumnNames.CompositeIdentifierSeparatorPattern, @"\.");
        Add(DbMetaDataColumnNames.DataSourceProductName, "MySQL");
        Add(DbMetaDataColumnNames.DataSourceProductVersion, connection.ServerVersion);
        Add(DbMetaDataColumnNames.DataSourceProductVersionNormalized, Normalized(connection.ServerVersion));
        Add(DbMetaDataColumnNames.GroupByBehavior, GroupByBehavior.Unrelated);
        Add(DbMetaDataColumnNames.IdentifierPattern, @"^(?!\d+$)[0-9A-Za-z$_\u0080-\uFFFF]+$");
        Add(DbMetaDataColumnNames.IdentifierCase, IdentifierCase.Insensitive);
        Add(DbMetaDataColumnNames.OrderByColumnsInSelect, false);
        Add(DbMetaDataColumnNames.ParameterMarkerFormat, "{0}");
        Add(DbMetaDataColumnNames.ParameterMarkerPattern, @"@[0-9A-Za-z$_\u0080-\uFFFF]+");
        Add(DbMetaDataColumnNames.ParameterNameMaxLength, LongestIdentifier);
        Add(DbMetaDataColumnNames.ParameterNamePattern, @"^@?[0-9A-Za-z$_\u0080-\uFFFF]+$");
        Add(DbMetaDataColumnNames.QuotedIdentifierPattern, "`(([^`]|``)+)`");
        Add(DbMetaDataColumnNames.QuotedIdentifierCase, IdentifierCase.Insensitive);
        Add(DbMetaDataColumnNames.StatementSeparatorPattern, ";");
        Add(DbMetaDataColumnNames.StringLiteralPattern, @"'(([^'\\]|''|\\.)*)'");
        Add(DbMetaDataColumnNames.SupportedJoinOperators, SupportedJoinOperators.Inner | SupportedJoinOperators.LeftOuter | SupportedJoinOperators.RightOuter);
        table.Rows.Add(row);
        return table;

        void Add<T>(string name, T value)
            where T : notnull
        {
            table.Columns.Add(name, typeof(T));
            row[name] = value;
        }
    }

    /// <summary>A version that sorts as text: 9.7.4 and 9.7.4-commercial are 09.07.0004.</summary>
    private static string Normalized(string version)
    {
        Match parts = Regex.Match(version, @"^(\d+)\.(\d+)\.(\d+)", RegexOptions.None, TimeSpan.FromSeconds(1));
        return parts.Success
            ? string.Join('.', parts.Groups[1].Value.PadLeft(2, '0'), parts.Groups[2].Value.PadLeft(2, '0'), parts.Groups[3].Value.PadLeft(4, '0'))
            : version;
    }
}
