using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;
using FooBar.AppHost.State;

namespace FooBar.AppHost.Provisioning;

/// <summary>
/// The browser of the browser tests: Chromium's headless shell, and beside it certutil, which fills a browser's trust store. From
/// FOOBAR_CHROMIUM, PATH, or downloaded without root. The shell rather than the whole browser: half the size, and it calls nobody.
/// </summary>
internal static class ChromiumInstallation
{
    // Fonts, because a page without any is not what people see; certutil comes with libnss3-tools.
    private static readonly string[] Packages = ["chromium-headless-shell", "fonts-liberation", "fonts-dejavu-core", "libnss3-tools"];

    private static readonly AptPurpose Purpose = new("Chromium", "install Chromium and libnss3-tools and set FOOBAR_CHROMIUM to its program");

    // Chromium runs itself anew through /proc/self/exe, so it cannot be run by a loader of ours: the C library must be the machine's.
    // The others are needed by scripts that we do not run, and would bring perl, systemd, Mesa and LLVM along.
    private static readonly string[] Assumed = ["libc6", "debconf", "x11-utils", "xdg-utils"];

    private static readonly (string Name, string Font)[] Aliases =
        [("Times New Roman", "Liberation Serif"), ("Arial", "Liberation Sans"), ("Helvetica", "Liberation Sans"), ("Courier New", "Liberation Mono")];

    private static readonly (string Name, string First, string Second)[] Generic =
        [("serif", "Liberation Serif", "DejaVu Serif"), ("sans-serif", "Liberation Sans", "DejaVu Sans"), ("monospace", "Liberation Mono", "DejaVu Sans Mono")];

    /// <summary>Returns the path of a browser that runs; certutil lies in the same folder or on PATH.</summary>
    public static async Task<string> ProvisionAsync(StateFolder state, StepProgress progress, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("FOOBAR_CHROMIUM") is { Length: > 0 } given)
        {
            progress.Done("from FOOBAR_CHROMIUM");
            return File.Exists(given) ? given : throw new FoobarException($"FOOBAR_CHROMIUM={given} does not exist. Correct it, or unset it and let foobar download a browser.");
        }

        if (Tool.FindInstalled("certutil") is not null && (Tool.FindInstalled("chromium-headless-shell") ?? Tool.FindInstalled("chromium")) is { } installed)
        {
            progress.Done(installed);
            return installed;
        }

        using IDisposable provisioning = await FileLock.TakeAsync(
            Path.Combine(state.Tools, "chromium.lock"), () => progress.Working("another foobar is downloading it; waiting for it"), cancellationToken);
        string home = Path.Combine(state.Tools, "chromium");
        string program = Path.Combine(home, "bin", "chromium");
        if (!await RunsAsync(program, cancellationToken))
        {
            await DownloadAsync(state, home, progress, cancellationToken);
            if (!await RunsAsync(program, cancellationToken))
            {
                Directory.Delete(home, recursive: true);
                throw new FoobarException("The downloaded Chromium does not run here. Install chromium and libnss3-tools, or set FOOBAR_CHROMIUM.");
            }
        }

        progress.Done("ready");
        return program;
    }

    private static async Task DownloadAsync(StateFolder state, string home, StepProgress progress, CancellationToken cancellationToken)
    {
        AptMirror mirror = await AptMirror.OfThisMachineAsync(cancellationToken);
        if (mirror.Distribution != "debian")
        {
            throw new FoobarException($"The archive of {mirror.Distribution} has no Chromium package: install Chromium or Chrome and libnss3-tools, and set FOOBAR_CHROMIUM.");
        }

        // The launchers name the folder absolutely, so it is filled in place; that it runs is what says that it is whole.
        if (Directory.Exists(home))
        {
            Directory.Delete(home, recursive: true);
        }

        string root = Path.Combine(home, "root");
        using AptRoot apt = await AptRoot.OpenAsync(Path.Combine(state.Tools, "apt-chromium"), mirror.ReleaseAndSecurity, Assumed, Purpose, progress, cancellationToken);
        IReadOnlyList<string> packages = await apt.DownloadAsync(Packages, progress, cancellationToken);
        await AptRoot.UnpackAsync(packages, root, progress, cancellationToken);
        foreach (string unneeded in (string[])["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/bug"])
        {
            if (Directory.Exists(Path.Combine(root, unneeded)))
            {
                Directory.Delete(Path.Combine(root, unneeded), recursive: true);
            }
        }

        Directory.CreateDirectory(Path.Combine(home, "bin"));
        await File.WriteAllTextAsync(Path.Combine(home, "fonts.conf"), FontConfiguration(root), cancellationToken);
        WriteLauncher(home, root, "certutil", "usr/bin/certutil");
        WriteLauncher(home, root, "chromium", "usr/lib/chromium/chromium-headless-shell");
    }

    private static async Task<bool> RunsAsync(string program, CancellationToken cancellationToken) =>
        File.Exists(program) && (await Tool.RunAsync(program, ["--headless", "--no-sandbox", "--dump-dom", "about:blank"], cancellationToken)).ExitCode == 0;

    /// <summary>Debian's packages of this release keep libraries in /lib and in /usr/lib, and libpulse its own in a folder below.</summary>
    private static void WriteLauncher(string home, string root, string name, string program)
    {
        string path = Path.Combine(home, "bin", name);
        File.WriteAllText(path, $"""
            #!/bin/sh
            root='{root}'
            export LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu/pulseaudio"
            export FONTCONFIG_FILE='{Path.Combine(home, "fonts.conf")}'
            exec "$root/{program}" "$@"

            """);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    /// <summary>Only the unpacked fonts, with the generic families and the usual names led to them; else everything comes out in one odd font.</summary>
    private static string FontConfiguration(string root)
    {
        IEnumerable<string> aliases = Aliases.Select(alias => $"  <alias binding=\"same\"><family>{alias.Name}</family><accept><family>{alias.Font}</family></accept></alias>");
        IEnumerable<string> generic = Generic.Select(family => $"  <alias><family>{family.Name}</family><prefer><family>{family.First}</family><family>{family.Second}</family></prefer></alias>");
        return $"""
            <?xml version="1.0"?>
            <!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
            <fontconfig>
              <dir>{root}/usr/share/fonts</dir>
              <cachedir prefix="xdg">fontconfig</cachedir>
              <match target="pattern">
                <test name="family" qual="all" compare="not_eq"><string>sans-serif</string></test>
                <test name="family" qual="all" compare="not_eq"><string>serif</string></test>
                <test name="family" qual="all" compare="not_eq"><string>monospace</string></test>
                <edit name="family" mode="append_last"><string>sans-serif</string></edit>
              </match>
            {string.Join('\n', aliases)}
            {string.Join('\n', generic)}
            </fontconfig>

            """;
    }
}
