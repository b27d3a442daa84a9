using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FooBar.LoadBalancer.Admin;

/// <summary>How the admin API writes and reads JSON: what it takes is taken literally, and a member that means nothing is a mistake.</summary>
internal static class AdminJson
{
    /// <summary>Every request that there is fits many times.</summary>
    public const int LargestBody = 4096;

    private static readonly JsonStringEnumConverter _names = new(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

    /// <summary>For answers.</summary>
    public static readonly JsonSerializerOptions Writing = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // Read by people and programs, never put into HTML: the answers say what they are, and nosniff.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { _names },
    };

    private static readonly JsonSerializerOptions _reading = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { _names },
    };

    /// <summary>Reads the request's body; a body that cannot be used is answered with the problem in its place.</summary>
    public static async Task<(T? Body, AdminAnswer? Problem)> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class
    {
        if (!request.HasJsonContentType())
        {
            return (null, AdminAnswer.Problem(
                StatusCodes.Status415UnsupportedMediaType, "This kind of content is not accepted", "Send the body as Content-Type: application/json."));
        }

        byte[] buffer = new byte[LargestBody + 1];
        int length = request.ContentLength > LargestBody
            ? buffer.Length
            : await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (length > LargestBody)
        {
            return (null, AdminAnswer.Problem(
                StatusCodes.Status413PayloadTooLarge, "The body is too large", $"It may have {LargestBody} bytes."));
        }

        try
        {
            return JsonSerializer.Deserialize<T>(buffer.AsSpan(0, length), _reading) is { } body
                ? (body, null)
                : (null, Unusable("It is null."));
        }
        catch (JsonException exception)
        {
            return (null, Unusable(exception.Message));
        }
    }

    private static AdminAnswer Unusable(string detail) => AdminAnswer.Problem(StatusCodes.Status400BadRequest, "The body cannot be used", detail);
}
