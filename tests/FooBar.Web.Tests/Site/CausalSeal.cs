using Dapper;
using FooBar.MySql;
using Microsoft.AspNetCore.DataProtection;

namespace FooBar.Web.Tests.Site;

/// <summary>The site's own seal around a causal token, made with the keys in its database: for what only the site could have sealed.</summary>
internal static class CausalSeal
{
    public static async Task<string> SealAsync(MySqlConnection connection, string schema, string token)
    {
        DirectoryInfo keys = Directory.CreateTempSubdirectory("foobar-keys-");
        try
        {
            foreach ((string name, string xml) in await connection.QueryAsync<(string, string)>($"SELECT friendly_name, xml FROM {schema}.data_protection_key"))
                await File.WriteAllTextAsync(Path.Combine(keys.FullName, name + ".xml"), xml);
            return DataProtectionProvider.Create(keys, builder => builder.SetApplicationName("FooBar.Web").DisableAutomaticKeyGeneration())
                .CreateProtector("foobar causal token").Protect(token);
        }
        finally
        {
            keys.Delete(recursive: true);
        }
    }
}
