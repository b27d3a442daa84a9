namespace FooBar.AppHost.Tests.CommandLine;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "foobar: Say what to do. See ./foobar --help.")]
    [InlineData("upp", "foobar: Unrecognized command or argument 'upp'. See ./foobar --help.")]
    [InlineData("--bogus", "foobar: Unrecognized command or argument '--bogus'. See ./foobar --help.")]
    [InlineData("up --bogus", "foobar: Unrecognized command or argument '--bogus'. See ./foobar up --help.")]
    [InlineData("up now", "foobar: Unrecognized command or argument 'now'. See ./foobar up --help.")]
    [InlineData("up --web", "foobar: Required argument missing for option: '--web'. See ./foobar up --help.")]
    [InlineData("up --web two", "foobar: --web two: give a whole number. See ./foobar up --help.")]
    [InlineData("up --port-offset 1e3", "foobar: --port-offset 1e3: give a whole number. See ./foobar up --help.")]
    [InlineData("up --https-port 99999999999", "foobar: --https-port 99999999999: give a whole number. See ./foobar up --help.")]
    [InlineData("up --replication", "foobar: Required argument missing for option: '--replication'. See ./foobar up --help.")]
    [InlineData("up --replication async", "foobar: --replication async: give group or classic. See ./foobar up --help.")]
    [InlineData("up --web 0", "foobar: --web 0: give a number from 1 to 9.")]
    [InlineData("up --db 10", "foobar: --db 10: give a number from 1 to 9.")]
    [InlineData("up --https-port 8080", "foobar: Port 8080 is wanted twice, by the gateway's HTTPS and the gateway's HTTP. Change --https-port, --http-port or --port-offset.")]
    [InlineData("up --detach --port-offset 60000", "foobar: The gateway's HTTPS would listen on port 68443, which does not exist: ports go from 1 to 65535. Change --https-port, --http-port or --port-offset.")]
    [InlineData("artifacts --output", "foobar: Required argument missing for option: '--output'. See ./foobar artifacts --help.")]
    [InlineData("artifacts --output --state", "foobar: --output needs a folder; '--state' looks like an option. Write ./--state if the folder is called that. See ./foobar artifacts --help.")]
    [InlineData("status --state", "foobar: Required argument missing for option: '--state'. See ./foobar status --help.")]
    [InlineData("load", "foobar: Required argument 'SCENARIO' missing for command: 'load'. See ./foobar load --help.")]
    [InlineData("load everything", "foobar: there is no scenario 'everything'. Choose one of smoke, steady, spike, soak, failover.")]
    [InlineData("bench", "foobar: Say what to do. See ./foobar bench --help.")]
    [InlineData("bench drivers", "foobar: Unrecognized command or argument 'drivers'. See ./foobar bench --help.")]
    [InlineData("bench driver now", "foobar: Unrecognized command or argument 'now'. See ./foobar bench driver --help.")]
    [InlineData("bench driver --rounds 0", "foobar: --rounds 0: give a whole number from 1 to 999. See ./foobar bench driver --help.")]
    [InlineData("bench driver --seconds 61", "foobar: --seconds 61: give a number from 0.05 to 60. See ./foobar bench driver --help.")]
    [InlineData("bench driver --seconds .04", "foobar: --seconds .04: give a number from 0.05 to 60. See ./foobar bench driver --help.")]
    [InlineData("bench driver --workload read-12-c16 --workload read-13", "foobar: there is no workload 'read-13'. An operation (read-12, read-key, insert, read-1000, blob-1m, open), -c1 or -c16 for its connections, -reader for the reader instead of Dapper, -tls or -noreset; such as read-12-c16 or read-12-c16-reader-tls. A * stands for any part: read-*-c1.")]
    [InlineData("bench driver --with Npgsql", "foobar: there is no peer 'Npgsql' to add. Give MySqlConnector or MySqlConnector=FILE.")]
    [InlineData("bench driver --with MySqlConnector=/nowhere/MySqlConnector.dll", "foobar: --with MySqlConnector=/nowhere/MySqlConnector.dll: there is no file /nowhere/MySqlConnector.dll.")]
    [InlineData("bench data --rounds 1000", "foobar: --rounds 1000: give a whole number from 1 to 999. See ./foobar bench data --help.")]
    [InlineData("bench data --seconds 0", "foobar: --seconds 0: give a number from 0.05 to 60. See ./foobar bench data --help.")]
    [InlineData("bench data --workload routed-read", "foobar: there is no workload 'routed-read'. routed-read-key, routed-read-12 or routed-write with -c1 or -c16 for its connections, routing-decision or routing-decision-token with -n3 or -n100 for its nodes, read-scaling with -r1, -r2 or -r3 for its replicas; such as routed-read-key-c16. A * stands for any part: routed-*-c1.")]
    [InlineData("bench data --json /nowhere/figures.json", "foobar: --json /nowhere/figures.json: there is no folder /nowhere.")]
    [InlineData("bench driver --json /nowhere/figures.json", "foobar: --json /nowhere/figures.json: there is no folder /nowhere.")]
    [InlineData("bench gateway --seconds 99", "foobar: --seconds 99: give a number from 0.05 to 60. See ./foobar bench gateway --help.")]
    [InlineData("bench gateway --warm-up 0", "foobar: --warm-up 0: give a number from 0.05 to 60. See ./foobar bench gateway --help.")]
    [InlineData("bench gateway --gateway-env DOTNET_TieredPGO", "foobar: --gateway-env DOTNET_TieredPGO: give NAME=VALUE. See ./foobar bench gateway --help.")]
    [InlineData("bench gateway --gateway-set Gateway:Policy=RoundRobin --gateway-set =1", "foobar: --gateway-set =1: give SECTION:KEY=VALUE. See ./foobar bench gateway --help.")]
    [InlineData("bench gateway --baseline /nowhere/FooBar.LoadBalancer.dll", "foobar: --baseline /nowhere/FooBar.LoadBalancer.dll: there is no file /nowhere/FooBar.LoadBalancer.dll.")]
    [InlineData("bench gateway --json /nowhere/figures.json", "foobar: --json /nowhere/figures.json: there is no folder /nowhere.")]
    [InlineData("bench gateway --workload h1-*-1m", "foobar: there is no workload 'h1-*-1m'. One of h1-keepalive-1k, h1-keepalive-100k, h2-keepalive-1k, h2-keepalive-100k, h1-plain-out-1k, h2-plain-out-1k, h1-new-connection, h1-new-connection-resumed, post-64k, cache-hit, h1-keepalive-1k-half, light-load-1k, idle-2000. A * stands for any part: *-keepalive-1k.")]
    [InlineData("gateway", "foobar: Say what to do. See ./foobar gateway --help.")]
    [InlineData("gateway dran", "foobar: Unrecognized command or argument 'dran'. See ./foobar gateway --help.")]
    [InlineData("gateway drain", "foobar: Required argument 'NAME' missing for command: 'drain'. See ./foobar gateway drain --help.")]
    [InlineData("gateway ready web-1 --force", "foobar: Unrecognized command or argument '--force'. See ./foobar gateway ready --help.")]
    [InlineData("gateway drain web-1 --timeout 0", "foobar: --timeout 0: give a whole number from 1 to 600. See ./foobar gateway drain --help.")]
    [InlineData("gateway drain web-1 --timeout 601", "foobar: --timeout 601: give a whole number from 1 to 600. See ./foobar gateway drain --help.")]
    [InlineData("gateway weight web-1", "foobar: Required argument 'N' missing for command: 'weight'. See ./foobar gateway weight --help.")]
    [InlineData("gateway weight web-1 257", "foobar: a weight of 257: give a whole number from 0 to 256, or configured. See ./foobar gateway weight --help.")]
    [InlineData("gateway weight web-1 heavy", "foobar: a weight of heavy: give a whole number from 0 to 256, or configured. See ./foobar gateway weight --help.")]
    [InlineData("gateway purge", "foobar: purge: give the address to forget, or --all. See ./foobar gateway purge --help.")]
    [InlineData("gateway purge --below", "foobar: purge: give the address to forget, or --all. See ./foobar gateway purge --help.")]
    [InlineData("gateway purge https://www.foobar.com/a --all", "foobar: purge: give the address to forget, or --all. See ./foobar gateway purge --help.")]
    [InlineData("gateway purge --all --below", "foobar: --below is for an address: --all is everything. See ./foobar gateway purge --help.")]
    [InlineData("gateway purge https://www.foobar.com/a https://www.foobar.com/b", "foobar: Unrecognized command or argument 'https://www.foobar.com/b'. See ./foobar gateway purge --help.")]
    [InlineData("gateway list --token-file t", "foobar: --token-file is for a gateway that runs elsewhere: name it with --admin. See ./foobar gateway list --help.")]
    [InlineData("gateway list --admin edge-1:9600", "foobar: --admin edge-1:9600: give the address of an admin port, such as https://edge-1:9600. See ./foobar gateway list --help.")]
    [InlineData("gateway list --admin https://edge-1:9600/gateway", "foobar: --admin https://edge-1:9600/gateway: give the address of an admin port, such as https://edge-1:9600. See ./foobar gateway list --help.")]
    [InlineData("gateway list --admin http://edge-1:9600 --token-file t", "foobar: --admin http://edge-1:9600: beyond this machine the admin port speaks https. See ./foobar gateway list --help.")]
    [InlineData("gateway list --admin http://127.0.0.1:9600", "foobar: --admin http://127.0.0.1:9600 needs --token-file FILE. See ./foobar gateway list --help.")]
    [InlineData("gateway list --admin https://edge-1:9600 --token-file t --ca c", "foobar: --admin https://edge-1:9600 needs --cert FILE. See ./foobar gateway list --help.")]
    [InlineData("logs web-1 web-2", "foobar: Unrecognized command or argument 'web-2'. See ./foobar logs --help.")]
    [InlineData("lab", "foobar: Say what to do. See ./foobar lab --help.")]
    [InlineData("lab upp", "foobar: Unrecognized command or argument 'upp'. See ./foobar lab --help.")]
    [InlineData("lab up now", "foobar: Unrecognized command or argument 'now'. See ./foobar lab up --help.")]
    [InlineData("lab shell", "foobar: Required argument 'MACHINE' missing for command: 'shell'. See ./foobar lab shell --help.")]
    [InlineData("lab kill", "foobar: Required argument 'HOST' missing for command: 'kill'. See ./foobar lab kill --help.")]
    [InlineData("test everything", "foobar: there is no suite 'everything'. Choose one of apphost, monitoring, deploy, driver, gateway, data, keeper, site, load, bad-input, integration, faults, browser, lab.")]
    public async Task Call_ThatIsWrong_IsOneLineAndExitCode2(string arguments, string expected)
    {
        (await RunAsync(arguments)).AssertFailed(2, expected);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("down")]
    [InlineData("logs")]
    public async Task State_ThatIsEmpty_IsOneLineAndExitCode2(string command)
    {
        // As from --state "$UNSET" in a script.
        (await Foobar.RunAsync(command, "--state", "")).AssertFailed(2, $"foobar: --state needs a folder. See ./foobar {command} --help.");
    }

    [Theory]
    [InlineData("up", "--detach")]
    [InlineData("down", "--purge")]
    public async Task State_ThatSwallowedAnOption_IsOneLineAndExitCode2(string command, string option)
    {
        (await Foobar.RunAsync(command, "--state", option)).AssertFailed(
            2, $"foobar: --state needs a folder; '{option}' looks like an option. Write ./{option} if the folder is called that. See ./foobar {command} --help.");
    }

    [Theory]
    [InlineData("site", "site")]
    [InlineData("report --json FILE", "report")]
    [InlineData("bench site", "bench site")]
    public async Task Command_ThatComesLater_SaysSoAndExitCode2(string arguments, string command)
    {
        (await RunAsync(arguments)).AssertFailed(2, $"foobar: '{command}' comes later; it is not built yet. See ./foobar --help for what is.");
    }

    [Theory]
    [InlineData("", "up", "status", "down", "logs", "test", "fault", "gateway", "site", "report", "bench", "lab", "load", "artifacts", "--state <FOLDER>", "--version")]
    [InlineData("up", "-d, --detach", "--https-port <N>", "HTTPS port [default: 8443]", "--http-port <N>", "redirects to HTTPS [default: 8080]", "--web <N>", "1 to 9 [default: 2]", "--db <N>", "1 to 9 [default: 3]", "--replication <group|classic>", "--port-offset <N>", "the first [default: 0]", "--state <FOLDER>")]
    [InlineData("status", "--json", "--state <FOLDER>")]
    [InlineData("down", "--purge", "--state <FOLDER>")]
    [InlineData("logs", "<NAME>", "-f, --follow", "--state <FOLDER>")]
    [InlineData("test", "<SUITE>", "apphost, monitoring, deploy, driver, gateway, data, keeper, site, load, bad-input, integration, faults, browser, lab", "--thorough", "--state <FOLDER>")]
    [InlineData("fault", "kill", "stop", "cont", "restart", "switchover")]
    [InlineData("gateway", "list", "drain <NAME>", "maintenance <NAME>", "ready <NAME>", "weight <NAME> <N>", "reload", "certificates", "purge <URL>", "--admin <URL>", "--token-file <FILE>", "--ca <FILE>", "--cert <FILE>", "--key <FILE>", "--json", "--state <FOLDER>")]
    [InlineData("gateway drain", "<NAME>", "--reason <TEXT>", "--wait", "--timeout <SECONDS>", "[default: 60]", "--force", "--json", "--admin <URL>", "--state <FOLDER>")]
    [InlineData("gateway purge", "<URL>", "--below", "--all", "--reason <TEXT>", "--json", "--admin <URL>", "--state <FOLDER>")]
    [InlineData("gateway ready", "<NAME>", "--reason <TEXT>", "--wait", "Return when it takes requests")]
    [InlineData("site", "comes later")]
    [InlineData("report", "comes later")]
    [InlineData("bench", "driver", "data", "gateway", "site", "comes later")]
    [InlineData("bench data", "--workload <NAME>", "routed-read-key, routed-read-12 or routed-write", "--rounds <N>", "[default: 40]", "--seconds <S>", "[default: 0.2]", "--json <FILE>", "--state <FOLDER>")]
    [InlineData("bench driver", "--workload <NAME>", "read-12, read-key, insert, read-1000, blob-1m, open", "--rounds <N>", "[default: 5]", "--seconds <S>", "[default: 1]", "--with <PEER>", "MySqlConnector=FILE", "--json <FILE>", "--state <FOLDER>")]
    [InlineData("bench gateway", "--workload <NAME>", "h1-keepalive-1k", "idle-2000", "--rounds <N>", "[default: 5]", "--seconds <S>", "[default: 3]", "--warm-up <S>", "[default: 15]", "--gateway-env <NAME=VALUE>", "--gateway-set <SECTION:KEY=VALUE>", "--baseline <FILE>", "--json <FILE>", "--state <FOLDER>")]
    [InlineData("lab", "up", "deploy", "shell", "status", "cut", "restore", "kill", "start", "reboot", "down", "test", "requirements", "needs root")]
    [InlineData("lab shell", "<MACHINE>", "<COMMAND>", "edge-1, app-1, app-2, repo, admin, visitor, attacker")]
    [InlineData("lab deploy", "<ARGUMENTS>", "-- --check --diff")]
    [InlineData("lab cut", "<HOST>", "edge-1, app-1, app-2")]
    [InlineData("lab down", "--purge")]
    [InlineData("artifacts", "--output <FOLDER>", "--state <FOLDER>")]
    [InlineData("load", "<SCENARIO>", "smoke, steady, spike, soak, failover", "--state <FOLDER>")]
    public async Task Help_OfEveryCommand_NamesWhatItTakes(string command, params string[] named)
    {
        FoobarResult result = await RunAsync($"{command} --help");

        result.AssertDone();
        Assert.All(named, text => Assert.Contains(text, result.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("--supervised", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsPrinted()
    {
        FoobarResult result = await RunAsync("--version");

        result.AssertDone();
        Assert.Matches(@"^\d+\.\d+\.\d+", result.Output);
    }

    private static Task<FoobarResult> RunAsync(string arguments) => Foobar.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
