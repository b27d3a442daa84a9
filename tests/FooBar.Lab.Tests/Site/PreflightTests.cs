using FooBar.Lab.Tests.Support;

namespace FooBar.Lab.Tests.Site;

/// <summary>
/// Whatever is wrong with the inventory or with a host is said in one line that names the host and the way out, before anything has changed
/// anywhere. The site that is up meanwhile does not notice.
/// </summary>
public sealed class PreflightTests(Labs labs) : SiteTest(labs)
{
    /// <summary>Mistakes in the inventory itself: what is replaced in it, by what, and what is said.</summary>
    public static TheoryData<string, string, string> Inventories => new()
    {
        { "app-2: {ansible_host: 10.77.0.13}", "app-2: {}", "app-2: ansible_host is missing. Give the address at which ssh reaches it." },
        { "    domain: foobar.com\n", "", "inventory: domain is missing. Give it without www, like foobar.com." },
        { "app-2: {ansible_host: 10.77.0.13}", "app-2: {ansible_host: 10.77.0.12}", "app-2: 10.77.0.12 is the address of app-1 too. Give each host its own." },
        { "app-2: {ansible_host: 10.77.0.13}", "app-2: {ansible_host: 10.77.0.13}\n    app-2: {ansible_host: 10.77.0.14}", "app-2: it stands twice, in lines {0} and {1}. Remove one." },
        { "database: {hosts: {app-1: , app-2: , edge-1: }}", "database: {hosts: {app-1: , app-2: }}", "inventory: 2 hosts have the role database. Give it to 3, 5, 7 or 9: a majority must remain when one is lost, and MySQL takes nine at most." },
        { "web: {hosts: {app-1: , app-2: }}", "web: {hosts: {app-1: , app-3: }}", "app-3: it has the role web but is not under all.hosts. Add it there, or remove it from the role." },
        { "admin_networks: [10.77.0.3/32", "admin_networks: [0.0.0.0/0", "inventory: admin_networks holds 0.0.0.0/0, which is everyone. Give the networks that administrators come from." },
        { "admin_networks: [10.77.0.3/32, \"fd77::3/128\"]", "admin_networks: [10.77.0.4/32]", "edge-1: you come from 10.77.0.3, which is not in admin_networks, so the firewall would lock you out. Add your network to admin_networks." },
        { "    contacts:", "    contcts:", "inventory: contcts is no name that all.vars can have. Write contacts." },
        { "    domain: foobar.com\n", "    domain: foobar.net\n", "inventory: www.foobar.net does not resolve. Have these DNS records and no others for it: www.foobar.net. A 10.77.0.11, www.foobar.net. AAAA fd77::11; or set dns_check: false when the gateway is reached by other addresses." },
        { "app-2: {ansible_host: 10.77.0.13}", "app-2: {ansible_host: 10.77.0.99}", "app-2: it cannot be reached (ssh: connect to host 10.77.0.99 port 22: No route to host). Start it, or correct its ansible_host." },
    };

    /// <summary>What can be wrong with a host: its name, how it comes about, how it ends, and what is said.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        {
            "app-1", "sed -i.kept 's/^ID=.*/ID=ubuntu/; s/^PRETTY_NAME=.*/PRETTY_NAME=\"Ubuntu 24.04 LTS\"/' /usr/lib/os-release", "mv /usr/lib/os-release.kept /usr/lib/os-release",
            "app-1: it runs Ubuntu 24.04 LTS. Install Debian 12."
        },
        {
            // A full disk in small: what lies below /opt stays hidden for as long as the test lasts.
            "app-2", "mount -t tmpfs -o size=300m tmpfs /opt", "umount /opt",
            "app-2: /opt has 314 MB free, and the programs need 1000 MB. Free some, or give it a larger disk."
        },
        {
            // The clock of a container is its machine's; what the preflight asks for it is the host's python3.
            "app-1", "printf 'import time\\n_real = time.time\\ntime.time = lambda: _real() + 3600\\n' > /usr/lib/python3/dist-packages/sitecustomize.py; mv /etc/python3.11/sitecustomize.py /etc/python3.11/kept 2>/dev/null; cp /usr/lib/python3/dist-packages/sitecustomize.py /etc/python3.11/sitecustomize.py",
            "rm -f /usr/lib/python3/dist-packages/sitecustomize.py; mv /etc/python3.11/kept /etc/python3.11/sitecustomize.py 2>/dev/null || true",
            "app-1: its clock is 3600 s ahead of this machine's. Set it: date -u -s @$(date +%s) from here, then let chrony keep it."
        },
        {
            "app-2", "systemctl stop foobar-web; systemd-run --quiet --unit=intruder python3 -m http.server 8443; for try in $(seq 100); do ss -tln | grep -q :8443 && break; sleep 0.1; done", "systemctl stop intruder; systemctl start foobar-web",
            "app-2: port 8443 is taken by python3. Stop and disable that, or move it to another port."
        },
        {
            "app-1", "mv /etc/sudoers.d/deploy /root/sudoers.kept; echo 'deploy ALL=(ALL) ALL' > /etc/sudoers.d/deploy", "mv /root/sudoers.kept /etc/sudoers.d/deploy",
            "app-1: sudo wants a password. Allow the user NOPASSWD: ALL in /etc/sudoers.d, or run with --ask-become-pass."
        },
        {
            "app-1", "mv /etc/sudoers.d/deploy /root/sudoers.kept", "mv /root/sudoers.kept /etc/sudoers.d/deploy",
            // Without a terminal sudo says the same of somebody whom it would not let in with a password either.
            "app-1: sudo wants a password. Allow the user NOPASSWD: ALL in /etc/sudoers.d, or run with --ask-become-pass."
        },
        {
            "app-2", "mv /home/deploy/.ssh/authorized_keys /root/keys.kept", "mv /root/keys.kept /home/deploy/.ssh/authorized_keys",
            "app-2: ssh refuses the login (deploy@10.77.0.13: Permission denied (publickey)). Put your public key into the user's authorized_keys, or correct ansible_user."
        },
    };

    [Theory]
    [MemberData(nameof(Inventories))]
    public async Task Inventory_WithAMistake_IsRefusedByName(string right, string wrong, string said)
    {
        DeployOutcome outcome = await Site.DeployAsync([], Token, inventory =>
        {
            Assert.Contains(right, inventory, StringComparison.Ordinal);
            return inventory.Replace(right, wrong, StringComparison.Ordinal);
        });

        AssertRefused(outcome, said);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Host_ThatDoesNotFit_IsRefusedByName(string host, string happens, string ends, string said)
    {
        await Site.OnAsync(host, happens, Token);
        DeployOutcome outcome;
        try
        {
            outcome = await Site.DeployAsync([], Token);
        }
        finally
        {
            await Site.OnAsync(host, ends, CancellationToken.None);
        }

        AssertRefused(outcome, said);
    }

    [Fact]
    public async Task SeveralHosts_EachWithAProblem_AreAllNamedAtOnce()
    {
        await Site.OnAsync("app-1", "mv /etc/sudoers.d/deploy /root/sudoers.kept", Token);
        DeployOutcome outcome;
        try
        {
            outcome = await Site.DeployAsync([], Token, inventory => inventory.Replace("app-2: {ansible_host: 10.77.0.13}", "app-2: {ansible_host: 10.77.0.99}", StringComparison.Ordinal));
        }
        finally
        {
            await Site.OnAsync("app-1", "mv /root/sudoers.kept /etc/sudoers.d/deploy", CancellationToken.None);
        }

        Assert.Equal(["app-1", "app-2"], outcome.Problems.Select(problem => problem.Split(':')[0]).Order());
    }

    [Fact]
    public async Task VaultPassword_ThatIsWrong_IsSaidInOneLine()
    {
        DeployOutcome outcome = await Site.DeployAsync([], Token, vaultPassword: "wrong");

        Assert.NotEqual(0, outcome.ExitCode);
        string problem = Assert.Single(outcome.Problems);
        Assert.EndsWith("secrets-lab.yml. Give the password that it was made with.", problem, StringComparison.Ordinal);
        Assert.Contains("the vault password does not open", problem, StringComparison.Ordinal);
        Assert.All(LabSite.Hosts, host => Assert.Equal(0, outcome.Changed(host)));
    }

    private static void AssertRefused(DeployOutcome outcome, string said)
    {
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("Nothing was changed.", outcome.Output, StringComparison.Ordinal);
        string problem = outcome.Problems.Count > 0 ? outcome.Problems[0] : outcome.Output;
        string[] parts = said.Split("{0}");
        Assert.StartsWith(parts[0], problem, StringComparison.Ordinal);
        if (parts.Length == 1)
        {
            Assert.Equal(said, problem);
        }

        Assert.All(LabSite.Hosts, host => Assert.Equal(0, outcome.Changed(host)));
    }
}
