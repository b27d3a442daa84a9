using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace FooBar.LoadBalancer.Cache;

/// <summary>Answers a request with what is stored: whole, in part, or with the word that the client has it already (RFC 9110, 13.2.2 and 14).</summary>
internal static class CachedAnswer
{
    /// <summary>Writes it. Nothing of the answer may have begun, and no field be set that the stored one does not have.</summary>
    /// <param name="context">The request's context.</param>
    /// <param name="stored">The stored answer.</param>
    /// <param name="age">How old it is.</param>
    /// <param name="time">The clock.</param>
    public static Task WriteAsync(HttpContext context, StoredResponse stored, StoredResponse.AgeText age, TimeProvider time)
    {
        IHeaderDictionary asked = context.Request.Headers;
        HttpResponse response = context.Response;
        bool hasBody = HttpMethods.IsGet(context.Request.Method);
        if (stored.Status == StatusCodes.Status200OK)
        {
            if (Conditions.AreIn(asked) && Conditions.SayNotModified(asked, stored, time.GetUtcNow()))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                SetHeaders(response.Headers, stored.NotModifiedHeaders, age);
                return Task.CompletedTask;
            }

            if (hasBody && asked.Range.Count > 0 && ByteRange.Of(asked.Range, stored.Body.Length) is { } range && Conditions.MayBeContinued(asked, stored))
                return WriteRangeAsync(context, stored, age, range);
        }

        response.StatusCode = stored.Status;
        SetHeaders(response.Headers, stored.Headers, age);
        if (stored.Status != StatusCodes.Status204NoContent)
            response.ContentLength = stored.Body.Length;
        return hasBody ? stored.Body.WriteAsync(response.Body, context.RequestAborted) : Task.CompletedTask;
    }

    private static Task WriteRangeAsync(HttpContext context, StoredResponse stored, StoredResponse.AgeText age, ByteRange range)
    {
        HttpResponse response = context.Response;
        if (range.Count == 0)
        {
            // What is said about the whole body (its type, its tag) is not true of this one.
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{stored.Body.Length}");
            response.ContentLength = 0;
            return Task.CompletedTask;
        }

        response.StatusCode = StatusCodes.Status206PartialContent;
        SetHeaders(response.Headers, stored.Headers, age);
        response.Headers.ContentRange = string.Create(
            CultureInfo.InvariantCulture, $"bytes {range.From}-{range.From + range.Count - 1}/{stored.Body.Length}");
        response.ContentLength = range.Count;
        return stored.Body.WriteAsync(response.Body, range, context.RequestAborted);
    }

    private static void SetHeaders(IHeaderDictionary headers, ReadOnlySpan<KeyValuePair<string, StringValues>> stored, StoredResponse.AgeText age)
    {
        foreach (KeyValuePair<string, StringValues> field in stored)
            headers[field.Key] = field.Value;
        headers.Age = age.Age;
    }
}
