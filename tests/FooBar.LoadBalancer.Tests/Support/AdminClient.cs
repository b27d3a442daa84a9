using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FooBar.LoadBalancer.Tests.Support;

/// <summary>An operator's hands: the token in its file, and requests that show it. The file goes with this object.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("foobar-admin-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });

    public AdminClient() => Rotate();

    /// <summary>What the file holds now.</summary>
    public string Token { get; private set; } = "";

    public string TokenPath => Path.Join(_folder, "admin.token");

    /// <summary>Where a gateway may keep its orders.</summary>
    public string StatePath => Path.Join(_folder, "state.json");

    /// <summary>The setting that names the token's file.</summary>
    public string TokenSetting => $"Admin:TokenPath={TokenPath}";

    /// <summary>The setting that names the orders' file.</summary>
    public string StateSetting => $"StatePath={StatePath}";

    /// <summary>Puts another token into the file.</summary>
    public void Rotate()
    {
        Token = RandomNumberGenerator.GetHexString(64, lowercase: true);
        WriteToken(Token + "\n");
    }

    /// <summary>Puts what need not be a token into the file.</summary>
    public void WriteToken(string text)
    {
        string next = TokenPath + ".new";
        File.WriteAllText(next, text);
        File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(next, TokenPath, overwrite: true);
    }

    public Task<AdminReply> GetAsync(TestGateway gateway, string path) => SendAsync(gateway, "GET", path);

    /// <summary>Sends a request with the token, as JSON if it has a body.</summary>
    public Task<AdminReply> SendAsync(TestGateway gateway, string method, string path, string? body = null, Action<HttpRequestMessage>? change = null) =>
        SendAsync(gateway.Admin, method, path, body, change);

    /// <inheritdoc cref="SendAsync(TestGateway, string, string, string?, Action{HttpRequestMessage}?)" />
    public async Task<AdminReply> SendAsync(Uri admin, string method, string path, string? body = null, Action<HttpRequestMessage>? change = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(admin, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        change?.Invoke(request);
        using HttpResponseMessage response = await _http.SendAsync(request, Eventually.Limit);
        string text = await response.Content.ReadAsStringAsync(Eventually.Limit);
        return new AdminReply((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, text)
        {
            Headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
        };
    }

    public Task<AdminReply> OrderAsync(TestGateway gateway, string backend, string state, bool force = false, string wait = "0s") =>
        SendAsync(gateway, "PUT", $"/gateway/v1/backends/{backend}/state?wait={wait}", JsonSerializer.Serialize(new { state, reason = "a test", force }));

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>What the admin API answered.</summary>
internal sealed record AdminReply(int Status, string? ContentType, string Text)
{
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>A member at a path such as <c>backend.state</c>, as text.</summary>
    public string? this[string path]
    {
        get
        {
            JsonElement at = Json;
            foreach (string name in path.Split('.'))
            {
                if (!at.TryGetProperty(name, out at))
                    return null;
            }

            return at.ToString();
        }
    }
}
