using FooBar.AppHost.Lab;
using FooBar.Lab.Tests.Support;

namespace FooBar.Lab.Tests.Site;

/// <summary>What every host and every member of the database is set to, asked of the programs that do it and not of the files.</summary>
public sealed class HardeningTests(Labs labs) : SiteTest(labs)
{
    private const string Client = "/opt/foobar/mysql/current/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path /opt/foobar/mysql/current/usr/lib/x86_64-linux-gnu"
        + " /opt/foobar/mysql/current/usr/bin/mysql --no-defaults --character-sets-dir=/opt/foobar/mysql/current/usr/share/mysql/charsets --connect-timeout=5";

    [Fact]
    public async Task Ssh_OnEveryHost_TakesTheOperatorsKeyAlone()
    {
        string[] wanted =
        [
            "permitrootlogin no", "passwordauthentication no", "kbdinteractiveauthentication no", "authenticationmethods publickey", "maxauthtries 2", "allowusers deploy",
            "x11forwarding no", "allowagentforwarding no", "logingracetime 30",
        ];
        foreach (string host in LabSite.Hosts)
        {
            string[] settings = (await Site.OnAsync(host, "sshd -T", Token)).Split('\n');
            Assert.Empty(wanted.Except(settings));
            Assert.True(await Site.CanLogInAsync(host, Token));
            Assert.Contains("Permission denied", await RefusedAsync(host, "root@"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("sysctl -n net.core.somaxconn", "8192")]
    [InlineData("sysctl -n net.ipv4.tcp_syncookies", "1")]
    [InlineData("sysctl -n net.ipv4.conf.all.rp_filter", "1")]
    [InlineData("sysctl -n net.ipv4.conf.all.accept_redirects", "0")]
    [InlineData("sysctl -n net.ipv4.conf.all.accept_source_route", "0")]
    [InlineData("apt-config dump APT::Periodic::Unattended-Upgrade | cut -d '\"' -f 2", "1")]
    [InlineData("apt-config dump Unattended-Upgrade::Automatic-Reboot | cut -d '\"' -f 2", "false")]
    [InlineData("apt-config dump Unattended-Upgrade::Origins-Pattern | grep -c label=Debian-Security", "2")]
    [InlineData("apt-config dump Unattended-Upgrade::Origins-Pattern | grep -vc label=Debian-Security", "1")]
    [InlineData("systemctl is-enabled unattended-upgrades apt-daily-upgrade.timer chrony | sort -u", "enabled")]
    [InlineData("systemd-analyze cat-config systemd/journald.conf | sed -n 's/^SystemMaxUse=//p'", "1G")]
    public async Task Setting_OnEveryHost_IsInForce(string question, string answer)
    {
        foreach (string host in LabSite.Hosts)
        {
            Assert.Equal($"{host}: {answer}", $"{host}: {await Site.OnAsync(host, $"{question} || true", Token)}");
        }
    }

    [Fact]
    public async Task Members_OfTheDatabase_AreSetAsReviewed()
    {
        const string Question = "SELECT @@require_secure_transport, @@tls_version, @@local_infile, @@skip_name_resolve, COALESCE(@@secure_file_priv, 'NULL'), @@sync_binlog, "
            + "@@innodb_flush_log_at_trx_commit, @@group_replication_ssl_mode, @@group_replication_recovery_ssl_verify_server_cert, @@group_replication_start_on_boot, "
            + "(SELECT COUNT(*) FROM information_schema.plugins WHERE plugin_name = 'mysqlx' AND plugin_status = 'ACTIVE')";
        foreach (string host in LabSite.Hosts)
        {
            string answer = await Site.OnAsync(host, $"foobar-mysql --batch --skip-column-names <<<\"{Question}\"", Token);
            Assert.Equal($"{host}: 1 TLSv1.3 0 1 NULL 1 1 VERIFY_IDENTITY 1 0 0", $"{host}: {answer.Replace('\t', ' ')}");
        }
    }

    [Fact]
    public async Task Accounts_OfTheDatabase_AreEachForOneAddressOverTlsAndNoneIsAnyones()
    {
        string rows = await Site.OnAsync(
            await Site.PrimaryAsync(Token),
            "foobar-mysql --batch --skip-column-names <<<\"SELECT user, host, ssl_type, plugin, account_locked FROM mysql.user WHERE user NOT LIKE 'mysql.%'\"",
            Token);
        string[][] accounts = [.. rows.Split('\n').Select(row => row.Split('\t'))];

        Assert.DoesNotContain(accounts, account => account[1].Contains('%', StringComparison.Ordinal) || account[0].Length == 0 || account[0] == "root");
        Assert.All(accounts.Where(account => account[1] != "localhost"), account => Assert.Equal(["ANY", "caching_sha2_password"], account[2..4]));
        Assert.Equal(["foobar_admin"], accounts.Where(account => account[1] == "localhost").Select(account => account[0]));
        Assert.Equal([LabSite.Address("app-1", ipv6: false), LabSite.Address("app-2", ipv6: false)], accounts.Where(account => account[0] == "foobar_app").Select(account => account[1]).Order());
    }

    [Fact]
    public async Task Login_OverPlainTextOrFromAnAddressThatHasNoAccount_IsRefused()
    {
        // With the right password, on the host itself, past the firewall.
        string address = LabSite.Address("app-1", ipv6: false);
        const string Password = "MYSQL_PWD=$(cat /etc/foobar/credentials/mysql_app)";
        string ask = $"{Client} --host={address} --user=foobar_app --execute='SELECT 1'";
        const string Tls = "--ssl-mode=VERIFY_IDENTITY --ssl-ca=/etc/foobar/ca.crt";
        Assert.Contains("1", await Site.OnAsync("app-1", $"{Password} {ask} {Tls}", Token), StringComparison.Ordinal);

        Assert.Contains("ERROR 1045", await Site.OnAsync("app-1", $"{Password} {ask} --ssl-mode=DISABLED 2>&1 || true", Token), StringComparison.Ordinal);

        // The gateway's host has a member too, and no account of the site. The password comes as a file, for no command line to hold it.
        string file = Lab.PathOf(LabMachines.FindHost("edge-1"), "/var/tmp/password");
        string here = LabSite.Address("edge-1", ipv6: false);
        try
        {
            await File.WriteAllTextAsync(file, (await Site.SecretsAsync(Token))["mysql_app"], Token);
            string refused = await Site.OnAsync("edge-1", $"MYSQL_PWD=$(cat /var/tmp/password) {ask.Replace(address, here, StringComparison.Ordinal)} {Tls} 2>&1 || true", Token);
            Assert.Contains($"Access denied for user 'foobar_app'@'{here}'", refused, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<string> RefusedAsync(string host, string user) =>
        await Site.InAsync("admin", ["sh", "-c", $"! ssh -n -o BatchMode=yes -o ControlPath=none {user}{host} true 2>&1"], Token);
}
