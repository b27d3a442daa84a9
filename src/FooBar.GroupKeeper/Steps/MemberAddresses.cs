using System.Globalization;
using FooBar.GroupKeeper.Settings;
using FooBar.MySql;

namespace FooBar.GroupKeeper.Steps;

/// <summary>The ways to the members, as connection strings. No secret is in them: the passwords stay in their files.</summary>
internal sealed class MemberAddresses(KeeperSettings settings)
{
    /// <summary>The own member, as whom administers it.</summary>
    public string Own => To(settings.Members[settings.Own()], settings.Local);

    /// <summary>The places of the members by what they call themselves in a view, <c>report_host:report_port</c>.</summary>
    public IReadOnlyDictionary<string, int> Places { get; } = settings.Members.Index().ToDictionary(
        member => string.Create(CultureInfo.InvariantCulture, $"{member.Item.Host}:{member.Item.Port}"), member => member.Index, StringComparer.OrdinalIgnoreCase);

    /// <summary>Another member, as whom looks at it.</summary>
    public string Peer(int index) => To(settings.Members[index], settings.Peer);

    private string To(MemberSettings member, AccountSettings account) => new MySqlConnectionStringBuilder
    {
        Server = member.Host,
        Port = member.Port,
        UserID = account.User,
        PasswordFile = account.PasswordFile,
        SslCa = settings.CaPath,
        ConnectionTimeout = 5,
        DefaultCommandTimeout = 10,
        ApplicationName = "FooBar.GroupKeeper",
    }.ConnectionString;
}
