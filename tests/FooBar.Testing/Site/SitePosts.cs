using FooBar.MySql;

namespace FooBar.Testing.Site;

/// <summary>The board's posts as a database member holds them.</summary>
public static class SitePosts
{
    /// <summary>Number and title of every post of the member whose title begins with the text.</summary>
    public static async Task<IReadOnlyList<(long Id, string Title)>> ReadAsync(RunningSite site, SiteDatabase member, string titlePrefix, CancellationToken cancellationToken)
    {
        await using MySqlConnection connection = await site.OpenAsync(member, "foobar_app", cancellationToken);
        await using MySqlCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id, title FROM foobar.post WHERE title LIKE CONCAT(@prefix, '%')";
        command.Parameters.AddWithValue("@prefix", titlePrefix);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<(long Id, string Title)> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetInt64(0), reader.GetString(1)));
        }

        return rows;
    }
}
