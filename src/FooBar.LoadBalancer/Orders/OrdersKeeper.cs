namespace FooBar.LoadBalancer.Orders;

/// <summary>
/// Keeps the orders in their file, whatever becomes of that: what fails is told in the program log and by <see cref="NotKept"/>, never thrown. Not
/// thread-safe.
/// </summary>
internal sealed partial class OrdersKeeper(OrdersFile file, ILogger logger)
{
    private (DateTime Written, long Length)? _seen;

    /// <summary>Why the file lacks something that was ordered; null when it is whole.</summary>
    public string? NotKept { get; private set; }

    /// <summary>Whether another process has written it since it was read or written here.</summary>
    public bool HasNews => file.Stamp() != _seen;

    /// <summary>
    /// What it holds. One that cannot be read is set aside and told of, and nothing is in force of it: a gateway that did not serve for that would be
    /// worse.
    /// </summary>
    public IReadOnlyDictionary<string, BackendOrder> Read()
    {
        _seen = file.Stamp();
        try
        {
            return file.Read();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            LogUnreadable(file.Path, exception.Message, SetAside());
            return OrderBook.Empty;
        }
    }

    /// <summary>Takes the file for this process alone until disposed; null if it cannot be had.</summary>
    public async Task<IDisposable?> LockAsync()
    {
        try
        {
            // No caller's token: who has ordered and hung up has ordered.
            return await file.LockAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail(exception);
            return null;
        }
    }

    /// <summary>Writes the orders. With the lock held.</summary>
    public void Write(IReadOnlyDictionary<string, BackendOrder> orders)
    {
        try
        {
            file.Write(orders);
            _seen = file.Stamp();
            if (NotKept is not null)
                LogKept(file.Path);
            NotKept = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail(exception);
        }
    }

    /// <summary>Told once; it is tried again and again.</summary>
    private void Fail(Exception exception)
    {
        if (NotKept is null)
            LogNotKept(file.Path, exception.Message);
        NotKept = exception.Message;
    }

    private string SetAside()
    {
        try
        {
            return $"it was set aside as {file.SetAside()}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"it could not be set aside: {exception.Message}";
        }
    }

    [LoggerMessage(
        1713,
        LogLevel.Error,
        "{Path}, which holds what people have ordered of the backends, cannot be read: {Failure}; {Aside}. "
        + "What it held is not in force: see that no backend takes requests that should not, and order it again")]
    private partial void LogUnreadable(string path, string failure, string aside);

    [LoggerMessage(1714, LogLevel.Error, "What was ordered of the backends cannot be written to {Path} and would be lost with a restart: {Failure}")]
    private partial void LogNotKept(string path, string failure);

    [LoggerMessage(1715, LogLevel.Information, "What was ordered of the backends is written to {Path} again")]
    private partial void LogKept(string path);
}
