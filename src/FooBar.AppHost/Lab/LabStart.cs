using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Lab;

/// <summary>
/// Brings a lab up. Until <see cref="Keep"/> it is this process's: it ends when we do, however we do. Dispose ends one that was not kept.
/// </summary>
internal sealed class LabStart : IAsyncDisposable
{
    private static readonly TimeSpan NamespacesDeadline = TimeSpan.FromSeconds(20);

    private readonly LabFolder _folder;
    private readonly Process _guard;
    private RunningLab? _lab;
    private bool _kept;

    private LabStart(LabFolder folder, Process guard)
    {
        _folder = folder;
        _guard = guard;
    }

    /// <summary>The lab, with its hosts booted.</summary>
    public RunningLab Lab => _lab ?? throw new InvalidOperationException("The lab is not up yet.");

    /// <summary>Makes what the cache lacks, then boots the hosts.</summary>
    /// <exception cref="FoobarException">A lab is up in the folder already, or something failed; nothing of it is left then.</exception>
    public static async Task<LabStart> RunAsync(LabFolder folder, IStartProgress progress, CancellationToken cancellationToken)
    {
        folder.State.Create();
        Directory.CreateDirectory(folder.Path);
        using IDisposable changing = await FileLock.TakeAsync(folder.LockFile, () => new StepProgress(progress, "Lab").Working("another foobar brings it up or down; waiting for it"), cancellationToken);
        if (RunningLab.Find(folder) is not null)
        {
            throw new FoobarException($"a lab is up already in {folder.Path}. Look at it with ./foobar lab status, or end it with ./foobar lab down.");
        }

        await LabRemains.RemoveAsync(folder);
        LabCache cache = new(folder.Cache, TimeProvider.System);
        IReadOnlyList<string> packages = LabPackages.Read(Path.Combine(Checkout.Root, "deploy", "group_vars", "all", "packages.yml"));
        using IDisposable unchanged = await cache.ProvideAsync(packages, progress, cancellationToken);
        LabStart start = await GuardAsync(folder, cache, cancellationToken);
        try
        {
            await start.BuildAsync(progress, cancellationToken);
            return start;
        }
        catch
        {
            await start.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets the lab outlive this process.</summary>
    public void Keep()
    {
        _guard.StandardInput.WriteLine("keep");
        _guard.StandardInput.Flush();
        _kept = true;
    }

    /// <summary>Ends the lab, unless it is kept.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_kept)
        {
            // The guard reads the end of its input, and ends what it holds together.
            _guard.StandardInput.Close();
            await _guard.WaitForExitAsync(CancellationToken.None);
            await LabRemains.RemoveAsync(_folder);
        }

        _guard.Dispose();
    }

    private static async Task<LabStart> GuardAsync(LabFolder folder, LabCache cache, CancellationToken cancellationToken)
    {
        foreach (string part in (string[])[folder.Run, folder.Disks, folder.Logs])
        {
            Directory.CreateDirectory(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.CreateSymbolicLink(folder.In("image"), cache.Image);
        File.CreateSymbolicLink(folder.In("repository"), cache.Repository);
        folder.Scripts.Copy();
        await OperatorMachine.MakeAsync(folder, cancellationToken);
        LabRecord record = new($"foobar-lab-{RandomNumberGenerator.GetHexString(8, lowercase: true)}", null, null);
        record.Write(folder);

        ProcessStartInfo info = new("/bin/sh") { RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (string argument in (string[])
            ["-c", "exec setsid \"$@\" >>\"$0\" 2>&1", folder.Log("guard"), "bash", folder.Scripts.Guard, folder.Run, record.Group, cache.UseLock])
        {
            info.ArgumentList.Add(argument);
        }

        Process guard = await ChildSpawner.StartAsync(info);
        (record with { Guard = ProcessIdentity.Of(guard.Id) }).Write(folder);
        return new LabStart(folder, guard);
    }

    private async Task BuildAsync(IStartProgress progress, CancellationToken cancellationToken)
    {
        StepProgress network = new(progress, "Network");
        network.Working("making namespaces");
        _lab = new RunningLab(_folder, await NamespacesAsync(cancellationToken));
        foreach (LabMachine machine in LabMachines.All.Where(machine => !machine.IsHost))
        {
            await DoAsync($"the network namespace {machine.Name}", ["bash", _folder.Scripts.Link, machine.Name, machine.Port["port".Length..]], cancellationToken);
        }

        await StartServicesAsync(cancellationToken);
        network.Done($"{LabMachines.All.Count} machines on one bridge");

        List<string>[] known = await Task.WhenAll(LabMachines.Hosts.Select(host => BootAsync(host, new StepProgress(progress, host.Name), cancellationToken)));
        OperatorMachine.Know(_folder, known.SelectMany(lines => lines));
        await Task.WhenAll(LabMachines.Hosts.Select(async host =>
        {
            await _lab.BootedAsync(host, cancellationToken);
            new StepProgress(progress, host.Name).Done($"booted, {host.Address} {host.Address6}");
        }));
    }

    private async Task<LabRecord> NamespacesAsync(CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!File.Exists(_folder.InitFile))
        {
            if (_guard.HasExited || TimeProvider.System.GetElapsedTime(began) > NamespacesDeadline)
            {
                string log = File.Exists(_folder.Log("guard")) ? File.ReadLines(_folder.Log("guard")).LastOrDefault() ?? "nothing" : "nothing";
                throw new FoobarException($"this machine did not give the lab namespaces and mounts of its own: {log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        int init = int.Parse((await File.ReadAllTextAsync(_folder.InitFile, cancellationToken)).Trim(), CultureInfo.InvariantCulture);
        LabRecord record = LabRecord.Read(_folder)! with { Init = ProcessIdentity.Of(init) };
        record.Write(_folder);
        return record;
    }

    private async Task StartServicesAsync(CancellationToken cancellationToken)
    {
        LabMachine server = LabMachines.Repository;
        LabMachine site = LabMachines.Hosts[0];
        string[] on = ["ip", "netns", "exec", server.Name];
        await Lab.StartInsideAsync("packages", [.. on, "/usr/bin/python3", "-m", "http.server", "--bind", server.Address, "--directory", "/run/foobar-lab/repository", "80"], cancellationToken);
        IEnumerable<string> names = ((string[])["foobar.com", "www.foobar.com"]).SelectMany(name => (string[])[$"--host-record={name},{site.Address},{site.Address6}"]);
        await Lab.StartInsideAsync(
            "names",
            [.. on, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--local=/#/", "--bind-interfaces", $"--listen-address={server.Address}", "--pid-file=", "--user=root", .. names],
            cancellationToken);
    }

    /// <summary>Gives a host its disk, its name and its keys, and switches it on; returns its lines of known_hosts.</summary>
    private async Task<List<string>> BootAsync(LabMachine host, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.Working("laying its disk over the image");
        string disk = $"/run/foobar-lab/disks/{host.Name}";
        string root = LabEntrance.Root(host);
        foreach (string part in (string[])["upper", "work"])
        {
            Directory.CreateDirectory(Path.Combine(_folder.Disks, host.Name, part));
        }

        // Volatile: the kernel flushes nothing of it to the real disk. What is on it lives no longer than the lab, which no power cut survives.
        string options = $"lowerdir=/run/foobar-lab/image,upperdir={disk}/upper,workdir={disk}/work,volatile";
        await DoAsync($"the disk of {host.Name}", ["bash", "-c", "mkdir \"$1\" && exec mount -t overlay -o \"$0\" overlay \"$1\"", options, root], cancellationToken);

        string seen = Lab.PathOf(host, string.Empty);
        await File.WriteAllTextAsync(Path.Combine(seen, "etc/hostname"), host.Name + "\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(seen, "etc/hosts"), $"127.0.0.1 localhost\n127.0.1.1 {host.Name}\n::1 localhost ip6-localhost ip6-loopback\n", cancellationToken);
        string keys = Directory.CreateDirectory(Path.Combine(seen, "home", HostImage.User, ".ssh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        await File.WriteAllTextAsync(Path.Combine(keys, "authorized_keys"), OperatorMachine.PublicKey(_folder), cancellationToken);
        await DoAsync($"the key of {HostImage.User} on {host.Name}", ["chroot", root, "chown", "-R", $"{HostImage.User}:{HostImage.User}", $"/home/{HostImage.User}/.ssh"], cancellationToken);
        List<string> known = [.. await OperatorMachine.MakeHostKeysAsync(host, seen, cancellationToken)];

        progress.Working("booting");
        await Lab.SwitchOnAsync(host, cancellationToken);
        return known;
    }

    private async Task DoAsync(string what, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        ToolResult result = await Lab.InsideAsync(command, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw DiskSpace.Explain(_folder.Path, new FoobarException($"{what} could not be made: {result.Reason}"));
        }
    }
}
