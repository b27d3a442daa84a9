using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FooBar.Testing;

namespace FooBar.BadInput.Tests.Support;

/// <summary>What becomes of the packages that pass through the mirror.</summary>
public enum Fault
{
    /// <summary>They pass as they are.</summary>
    None,

    /// <summary>One byte in the middle is another.</summary>
    WrongBytes,

    /// <summary>Half of it, and the connection ends.</summary>
    Truncated,

    /// <summary>Half of it, and then nothing more for as long as somebody waits.</summary>
    Stalled,

    /// <summary>Half of it, and the rest when <see cref="Mirror.Resume"/> is set.</summary>
    Paused,
}

/// <summary>
/// An HTTP proxy between apt and this machine's own mirror, which apt is told of by APT_CONFIG: it passes everything on, and does to packages
/// what a broken mirror does. What it fetched it keeps in artifacts/test-mirror, so that each package is downloaded once and not by every test.
/// </summary>
internal sealed class Mirror : IAsyncDisposable
{
    // The lists change from day to day, and are the same for all tests of one run.
    private static readonly ConcurrentDictionary<Uri, byte[]> Lists = new();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly HttpClient _upstream;
    private readonly string _cache = Directory.CreateDirectory(Path.Combine(RepositoryRoot.Path, "artifacts", "test-mirror")).FullName;
    private readonly Task _accepting;

    private Mirror(Uri? proxy)
    {
        _upstream = new HttpClient(new SocketsHttpHandler { Proxy = proxy is null ? null : new WebProxy(proxy), UseProxy = proxy is not null }) { Timeout = TimeSpan.FromMinutes(4) };
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Fault Fault { get; set; }

    /// <summary>Ends when half a package was sent and no more will come, or not yet.</summary>
    public TaskCompletionSource Stalled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets a paused package pass.</summary>
    public TaskCompletionSource Resume { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts it before the machine's own proxy, where apt has one.</summary>
    public static async Task<Mirror> StartAsync()
    {
        string line = (await Foobar.RunAsync("apt-config", ["dump", "--format", "%v%n", "Acquire::http::Proxy"])).Output.Trim();
        string? named = Uri.TryCreate(line, UriKind.Absolute, out _) ? line : System.Environment.GetEnvironmentVariable("http_proxy");
        return new Mirror(named is { Length: > 0 } ? new Uri(named) : null);
    }

    /// <summary>The environment of a first start that downloads one program through it, and has the other already.</summary>
    /// <param name="state">The test's state, beside which apt is told of the mirror.</param>
    /// <param name="what">MySQL or Prometheus, which is the smaller download by far.</param>
    public Dictionary<string, string?> Environment(StateOfATest state, string what = "Prometheus")
    {
        string configuration = state.Beside("apt.conf");
        File.WriteAllText(configuration, $"Acquire::http::Proxy \"http://{_listener.LocalEndpoint}\";\n");
        return new()
        {
            ["APT_CONFIG"] = configuration,
            ["FOOBAR_TOOLS"] = null,
            ["FOOBAR_IGNORE_INSTALLED"] = "1",
            [what == "MySQL" ? "FOOBAR_PROMETHEUS_HOME" : "FOOBAR_MYSQL_HOME"] = Path.Combine(Foobar.Tools, what == "MySQL" ? "prometheus" : "mysql"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _upstream.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _connections.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    /// <summary>One request a connection: apt opens the next by itself.</summary>
    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                StringBuilder head = new();
                byte[] one = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _stop.Token) > 0)
                {
                    head.Append((char)one[0]);
                }

                if (head.Length > 0)
                {
                    await AnswerAsync(stream, new Uri(head.ToString().Split(' ')[1]));
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or HttpRequestException)
            {
                // apt was ended, or the mirror behind cannot be reached: the connection just closes.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream, Uri address)
    {
        bool isPackage = address.AbsolutePath.EndsWith(".deb", StringComparison.Ordinal);
        if (await FetchAsync(address, isPackage) is not { } content)
        {
            await stream.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
            return;
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n"), _stop.Token);
        Fault fault = isPackage ? Fault : Fault.None;
        int half = content.Length / 2;
        if (fault == Fault.WrongBytes)
        {
            content[half] ^= 0xFF;
        }

        await stream.WriteAsync(content.AsMemory(0, fault is Fault.Truncated or Fault.Stalled or Fault.Paused ? half : content.Length), _stop.Token);
        if (fault == Fault.Paused)
        {
            Stalled.TrySetResult();
            await Resume.Task.WaitAsync(_stop.Token);
            await stream.WriteAsync(content.AsMemory(half), _stop.Token);
        }

        if (fault == Fault.Stalled)
        {
            Stalled.TrySetResult();

            // apt says nothing more: this ends with its connection.
            _ = await stream.ReadAsync(new byte[1], _stop.Token) == 0;
        }
    }

    private async Task<byte[]?> FetchAsync(Uri address, bool keep)
    {
        string kept = Path.Combine(_cache, Path.GetFileName(address.AbsolutePath));
        if (keep && File.Exists(kept))
        {
            return await File.ReadAllBytesAsync(kept, _stop.Token);
        }

        if (Lists.TryGetValue(address, out byte[]? list))
        {
            return list;
        }

        using HttpResponseMessage answer = await _upstream.GetAsync(address, _stop.Token);
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        byte[] content = await answer.Content.ReadAsByteArrayAsync(_stop.Token);
        if (keep)
        {
            await File.WriteAllBytesAsync(kept + ".partial", content, _stop.Token);
            File.Move(kept + ".partial", kept, overwrite: true);
        }
        else
        {
            Lists[address] = content;
        }

        return content;
    }
}
