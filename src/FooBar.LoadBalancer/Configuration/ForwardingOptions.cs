namespace FooBar.LoadBalancer.Configuration;

/// <summary>Connections and time limits towards the backends: <c>Gateway:Forwarding</c>.</summary>
internal sealed class ForwardingOptions
{
    /// <summary>Time for a new connection, TLS included, 50 ms to 60 s. Default: 2 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Longest silence on a request, in either direction, before it is given up, 100 ms to 1 h. It also ends idle WebSockets.
    /// Default: 30 s.
    /// </summary>
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Time that an unused connection to a backend is kept, 1 s to 1 h. It must be shorter than the backend's own keep-alive time
    /// (Kestrel: 130 s): the side that closes first must be the one that sends requests. Default: 60 s.
    /// </summary>
    public TimeSpan IdleConnectionTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Age at which a connection to a backend is replaced, so that a changed address or certificate is noticed, 1 s to 24 h.
    /// Default: 10 min.
    /// </summary>
    public TimeSpan ConnectionLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Largest answer of known length, in bytes, that is read whole before its first byte goes to the client, 0 to 65,536; a backend can
    /// then fail in the middle of it and the request still be answered. Default: 65,536.
    /// </summary>
    public int HeldAnswerBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Largest request body of known length, in bytes, 0 to 65,536, that is read whole before a backend is claimed for it, and kept so that it can be sent to a
    /// second one. Default: 65,536.
    /// </summary>
    public int ReplayedRequestBytes { get; set; } = 64 * 1024;

    /// <summary>Largest status line and header section of an answer, in bytes, 1,024 to 1,048,576; more is a broken answer. Default: 32,768.</summary>
    public int AnswerHeadBytes { get; set; } = 32 * 1024;

    /// <summary>Adds what is out of range.</summary>
    internal void Check(OptionErrors errors)
    {
        errors.Range("Forwarding:ConnectTimeout", ConnectTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(60));
        errors.Range("Forwarding:ActivityTimeout", ActivityTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        errors.Range("Forwarding:IdleConnectionTimeout", IdleConnectionTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        errors.Range("Forwarding:ConnectionLifetime", ConnectionLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        errors.Range("Forwarding:ReplayedRequestBytes", ReplayedRequestBytes, 0, 64 * 1024);
        errors.Range("Forwarding:AnswerHeadBytes", AnswerHeadBytes, 1024, 1024 * 1024);
        errors.Range("Forwarding:HeldAnswerBytes", HeldAnswerBytes, 0, 64 * 1024);
    }
}
