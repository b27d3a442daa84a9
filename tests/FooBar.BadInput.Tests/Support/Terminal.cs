using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FooBar.BadInput.Tests.Support;

/// <summary>A command in a real pseudo-terminal, which script(1) of util-linux makes: what is typed goes through the kernel's line discipline.</summary>
internal sealed partial class Terminal : IAsyncDisposable
{
    private readonly Process _script;
    private readonly StringBuilder _text = new();
    private readonly Task _reading;

    private Terminal(Process script)
    {
        _script = script;
        _reading = ReadAsync();
    }

    /// <summary>What it has shown, without the codes for colours and cursor.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return Codes().Replace(_text.ToString(), string.Empty);
            }
        }
    }

    public static async Task<Terminal> StartAsync(string program, IEnumerable<string> arguments, Dictionary<string, string?> environment)
    {
        // Wide, so that no line of progress is broken in two.
        string command = "stty cols 250 rows 60; exec " + string.Join(' ', ((string[])[program, .. arguments]).Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        environment["TERM"] = "xterm-256color";
        environment["SHELL"] = "/bin/sh";
        return new Terminal(await Foobar.StartAsync("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], environment));
    }

    /// <summary>Presses keys.</summary>
    public void Type(string keys)
    {
        _script.StandardInput.Write(keys);
        _script.StandardInput.Flush();
    }

    /// <summary>Closes the window: the kernel hangs up on whoever runs in it.</summary>
    public void Close() => _script.Kill();

    /// <summary>The process in the terminal.</summary>
    public int Inner() => int.Parse(File.ReadAllText($"/proc/{_script.Id}/task/{_script.Id}/children").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Returns when the text was shown.</summary>
    public Task SeesAsync(string text) => SeesAsync(new Regex(Regex.Escape(text)));

    /// <summary>Returns when a text was shown that matches.</summary>
    public async Task SeesAsync(Regex text)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(3));
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        while (!text.IsMatch(Text))
        {
            Assert.False(deadline.IsCancellationRequested || _script.HasExited, $"It never showed '{text}':\n{Text}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Waits for the command's end and returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await Foobar.EndAsync(_script);
        await _reading;
        return _script.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_script.HasExited)
        {
            _script.Kill();
        }

        await _script.WaitForExitAsync();
        await _reading;
        _script.Dispose();
    }

    private async Task ReadAsync()
    {
        char[] buffer = new char[4096];
        while (await _script.StandardOutput.ReadAsync(buffer) is var count and > 0)
        {
            lock (_text)
            {
                _text.Append(buffer, 0, count);
            }
        }
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]|\r")]
    private static partial Regex Codes();
}
