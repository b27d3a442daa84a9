using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FooBar.LoadBalancer.Tests.Support;
using FooBar.Testing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FooBar.LoadBalancer.Tests.Cache.PublicCases;

/// <summary>The gateway on a clock of its own before a backend that plays the cases, one after the other.</summary>
public sealed partial class CaseSite : IAsyncLifetime
{
    /// <summary>The field by which the backend says which of its answers it is.</summary>
    private const string Number = "Answer-Number";

    private readonly FakeTime _time = new();
    private readonly TestCertificates _certificates = new();
    private TestBackend? _backend;
    private TestGateway? _gateway;
    private HttpClient? _client;
    private CaseStep _step = CaseStep.Ask();
    private IHeaderDictionary _atBackend = new HeaderDictionary();
    private string? _lastTag;
    private string? _lastDate;
    private DateTimeOffset _began;
    private bool _confirmed;
    private int _answers;

    private static CancellationToken Token => Eventually.Limit;

    public async ValueTask InitializeAsync()
    {
        _backend = await TestBackend.StartAsync("web-1", _certificates.Issue("127.0.0.1"));
        _backend.Handler = AnswerAsync;
        _gateway = await TestGateway.StartAsync(_certificates, [_backend], _time, "Health:Interval=00:01:00");
        _client = _gateway.Client();
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_backend is not null)
            await _backend.DisposeAsync();
        _certificates.Dispose();
    }

    /// <summary>Plays a case; the assertion that fails names the step.</summary>
    internal async Task PlayAsync(CacheCase played)
    {
        (_began, _lastTag, _lastDate) = (_time.GetUtcNow(), null, null);
        for (int i = 0; i < played.Steps.Length; i++)
        {
            _step = played.Steps[i];
            try
            {
                await StepAsync(played.Id);
                await Eventually.TrueAsync(() => _gateway!.Shelf.Fills.Count == 0, () => "an answer is still being made new");
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                throw new InvalidOperationException($"{played.Id}, request {i + 1}, which shows that {played.Shows}: {exception.Message}\n{LogOf(played.Id)}", exception);
            }

            _time.Advance(_step.Pause);
        }
    }

    private async Task StepAsync(string id)
    {
        int before = _answers;
        (_confirmed, _atBackend) = (false, new HeaderDictionary());
        using HttpRequestMessage request = new(new HttpMethod(_step.Method), $"/case/{id}{_step.Suffix}");
        if (_step.Method is not ("GET" or "HEAD"))
            request.Content = new ByteArrayContent("abc"u8.ToArray());
        foreach ((string name, string value) in _step.Fields.Select(Parse))
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);

        using HttpResponseMessage answer = await _client!.SendAsync(request, Token);
        string body = await answer.Content.ReadAsStringAsync(Token);

        AssertOrigin(answer, body, before);
        Assert.Equal(_step.ExpectedStatus ?? (int)_step.Status, (int)answer.StatusCode);
        if (_step.ExpectedBody is { } expected)
            Assert.Equal(expected, body);
        foreach ((string name, string value) in _step.Seen.Select(Parse))
            Assert.Equal($"{name}: {value}", $"{name}: {Field(answer, name)}");
        foreach (string name in _step.Unseen)
            Assert.Equal($"{name}: ", $"{name}: {Field(answer, name)}");
        foreach ((string name, string value) in _step.AtBackend.Select(Parse))
            Assert.Equal($"{name}: {value}", $"{name}: {_atBackend[name]}");
        if (_step.OlderThan is { } age)
            Assert.True(int.Parse(Field(answer, "Age"), CultureInfo.InvariantCulture) > age, $"Age is {Field(answer, "Age")}");
    }

    private void AssertOrigin(HttpResponseMessage answer, string body, int before)
    {
        // An answer without the field is one that the gateway has made of what it has: 304, or an error.
        string number = Field(answer, Number);
        bool isNew = number == $"{before + 1}";
        string what = $"answered {(int)answer.StatusCode} \"{body}\" with number {number}, {_answers - before} at the backend; {Field(answer, "Cache-Status")}";
        if (_step.Origin == Origin.Cache)
            Assert.True(!isNew && (number.Length > 0 || _answers == before), $"not from the cache: {what}");
        else if (_step.Origin == Origin.Backend)
            Assert.True(isNew && !_confirmed, $"not from the backend: {what}");
        else if (_step.Origin == Origin.TagValidated)
            Assert.True(_confirmed && _lastTag is not null && _atBackend.IfNoneMatch == _lastTag, $"not confirmed by its tag: {what}");
        else if (_step.Origin == Origin.DateValidated)
            Assert.True(_confirmed && _lastDate is not null && _atBackend.IfModifiedSince == _lastDate, $"not confirmed by its date: {what}");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        CaseStep step = _step;
        int number = Interlocked.Increment(ref _answers);
        _atBackend = new HeaderDictionary(context.Request.Headers.ToDictionary(field => field.Key, field => field.Value));
        _atBackend["Asked-Method"] = context.Request.Method;
        if (step.Breaks)
        {
            context.Abort();
            return;
        }

        _time.Advance(step.Takes);

        // Kestrel sends no interim answers, but it does not own the connection alone.
        foreach (string interim in step.InterimAnswers)
            await context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {interim}\r\n\r\n"));
        HttpResponse response = context.Response;
        bool known = (_lastTag is not null && context.Request.Headers.IfNoneMatch == _lastTag) || (_lastDate is not null && context.Request.Headers.IfModifiedSince == _lastDate);
        _confirmed = known && step.Origin is Origin.TagValidated or Origin.DateValidated;
        response.StatusCode = _confirmed ? StatusCodes.Status304NotModified : (int)step.Status;
        response.Headers.Date = Render("{0}");
        foreach (IGrouping<string, string> field in step.AnswerFields.Select(Parse).GroupBy(line => line.Name, line => line.Value))
            response.Headers[field.Key] = field.ToArray();
        response.Headers[Number] = $"{number}";
        _lastTag = response.Headers.ETag.Count > 0 ? response.Headers.ETag.ToString() : _lastTag;
        _lastDate = response.Headers.LastModified.Count > 0 ? response.Headers.LastModified.ToString() : _lastDate;
        if (!_confirmed && response.StatusCode is not (204 or 304) && context.Request.Method != "HEAD")
            await response.WriteAsync(step.AnswerBody ?? $"answer {number}");
    }

    private (string Name, string Value) Parse(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        return (line[..colon], Render(line[(colon + 1)..].TrimStart(' ')));
    }

    private string Render(string value) => Seconds().Replace(value, match =>
        _began.AddSeconds(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToString("R", CultureInfo.InvariantCulture));

    private string LogOf(string id) => string.Join('\n', _gateway!.Log.Split('\n').Where(line => line.Contains($"/{id}", StringComparison.Ordinal)));

    private static string Field(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) || answer.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? string.Join(", ", values)
            : "";

    [GeneratedRegex(@"\{(-?\d+)\}")]
    private static partial Regex Seconds();
}
