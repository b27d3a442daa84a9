using System.Data.Common;
using FooBar.Data;

namespace FooBar.Web.Errors;

/// <summary>What an exception that nobody handled means to the visitor.</summary>
internal static class FailureStatus
{
    /// <summary>
    /// 503 when the same request can succeed a little later, because the database was away or busy; the request's own status when the
    /// request was at fault; else 500.
    /// </summary>
    public static int Of(Exception e) => e switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        InvalidDataException => StatusCodes.Status400BadRequest,
        DatabaseUnavailableException or OutcomeUnknownException => StatusCodes.Status503ServiceUnavailable,
        DbException { IsTransient: true } or TimeoutException => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
