using FooBar.Data;

namespace FooBar.Web.StartUp;

/// <summary>A write with its key, rolled back: nothing of it is seen, kept or replicated.</summary>
internal static class WriteRehearsal
{
    /// <exception cref="DatabaseUnavailableException">There is no primary.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async Task RunAsync(Data.Database database, CancellationToken cancel)
    {
        try
        {
            await database.CreateSession().WriteAsync(OperationId.New(), (_, _) => throw new RehearsalEnded(), cancel).ConfigureAwait(false);
        }
        catch (RehearsalEnded)
        {
            // As it must.
        }
    }

    private sealed class RehearsalEnded : Exception;
}
