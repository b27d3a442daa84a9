using System.Globalization;
using System.Net.Security;
using System.Numerics;
using System.Reflection;
using System.Security.Authentication;
using FooBar.MySql.Authentication;
using FooBar.MySql.Configuration;
using FooBar.MySql.Protocol;
using FooBar.MySql.Results;
using FooBar.MySql.Tls;

namespace FooBar.MySql.Sessions;

/// <summary>Makes a physical connection: the link, greeting, TLS, authentication, and a look at the server's defaults.</summary>
internal static class SessionOpener
{
    private const string TimeoutName = "connection timeout";
    private const string Utf8 = "utf8mb4";
    private const string OwnGtid = "OWN_GTID";

    /// <summary>
    /// Bytes. A greeting, an error, a key: nothing before the login's end is longer than a few thousand. Whoever is there has not shown yet
    /// who he is.
    /// </summary>
    private const int LargestLogInPacket = 64 * 1024;

    private static readonly string DriverVersion =
        typeof(SessionOpener).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <exception cref="MySqlException">Always <see cref="MySqlFailurePhase.NotSent"/>: no statement of the caller's was involved.</exception>
    public static async ValueTask<Session> OpenAsync(
        ConnectionOptions options, TimeSpan timeout, int epoch, QueryKiller? killer, TimeProvider time, bool async, CancellationToken cancellationToken)
    {
        Session session = new(options, time, killer) { Epoch = epoch };
        await OpenAsync(session, timeout, async, cancellationToken).ConfigureAwait(false);
        return session;
    }

    /// <summary>Connects a session and logs it in; disposes of it when that fails.</summary>
    /// <exception cref="MySqlException">Always <see cref="MySqlFailurePhase.NotSent"/>.</exception>
    public static async ValueTask OpenAsync(Session session, TimeSpan timeout, bool async, CancellationToken cancellationToken)
    {
        try
        {
            session.BeginCall(timeout, TimeoutName, owner: null, InterruptBy.Aborting, cancellationToken);
            try
            {
                await session.Link.ConnectAsync(async).ConfigureAwait(false);
                await LogInAsync(session, async).ConfigureAwait(false);
                await LearnDefaultsAsync(session, async).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                throw AsNotSent(session.Failed(failure, cancellationToken));
            }
            finally
            {
                session.EndCall();
            }

            // Interrupted behind the last answer: the link is gone, though nothing has failed.
            if (session.IsInterrupted) throw AsNotSent(session.Failed(new OperationCanceledException(), cancellationToken));
        }
        catch
        {
            session.Break();
            session.Dispose();
            throw;
        }
    }

    private static async ValueTask LogInAsync(Session session, bool async)
    {
        ConnectionOptions options = session.Options;
        PacketReader reader = session.Reader;
        reader.Limit = LargestLogInPacket;
        await reader.ReadAsync(async).ConfigureAwait(false);
        if (ErrorPacket.Is(reader.Payload)) throw ErrorPacket.Parse(reader.Payload, MySqlFailurePhase.NotSent);

        Handshake handshake = Handshake.Parse(reader.Payload);
        session.ServerVersion = handshake.ServerVersion;
        session.ThreadId = handshake.ThreadId;
        RequireSupported(options, handshake);
        Capabilities capabilities = Capabilities.Wanted & handshake.Capabilities;
        if (options.Database.Length > 0) capabilities |= Capabilities.ConnectWithDatabase;
        if (options.SslMode != MySqlSslMode.None)
        {
            capabilities |= Capabilities.Tls;
            await StartTlsAsync(session, handshake, capabilities, async).ConfigureAwait(false);
        }

        Authenticator authenticator = new(options, reader, session.Writer);
        HandshakeResponse.Write(
            session.Writer,
            capabilities,
            reader.ExpectedSequence++,
            options.User,
            authenticator.Prove(handshake.Nonce),
            options.Database,
            CachingSha2Password.PluginName,
            Attributes(options));
        await session.SendPreparationAsync(async).ConfigureAwait(false);
        session.Writer.HasQueryAttributes = capabilities.HasFlag(Capabilities.QueryAttributes);
        session.Observe(await authenticator.CompleteAsync(async).ConfigureAwait(false));
        reader.Limit = PacketReader.MaxPacket;
    }

    private static void RequireSupported(ConnectionOptions options, Handshake handshake)
    {
        // It greets like MySQL, and then has neither caching_sha2_password nor the same result sets and session tracking.
        if (handshake.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase))
        {
            throw Unsupported($"is MariaDB ({handshake.ServerVersion}), which this driver does not support: it speaks to MySQL 8.4 and later");
        }

        Capabilities missing = Capabilities.Required & ~handshake.Capabilities;
        if (missing != 0)
        {
            IEnumerable<Capabilities> names = Enum.GetValues<Capabilities>().Where(one => BitOperations.IsPow2((uint)one) && missing.HasFlag(one));
            throw Unsupported($"calls itself {handshake.ServerVersion} and lacks what this driver needs: {string.Join(", ", names)}. MySQL 8.4 and later have it");
        }

        MySqlException Unsupported(string what) => new($"{options.Endpoint} {what}.", MySqlFailurePhase.NotSent, MySqlFailureReason.Refused);
    }

    private static async ValueTask StartTlsAsync(Session session, Handshake handshake, Capabilities capabilities, bool async)
    {
        ConnectionOptions options = session.Options;
        if (!handshake.Capabilities.HasFlag(Capabilities.Tls))
        {
            throw new MySqlException(
                $"{options.Endpoint} offers no TLS, and 'Ssl Mode' is VerifyFull. Give the server a certificate; "
                + "or someone on the way has taken the offer out.",
                MySqlFailurePhase.NotSent,
                MySqlFailureReason.NotTrusted);
        }

        // Whatever came with the greeting came in clear; taken for the first bytes after TLS it would be an attacker's word.
        if (session.Reader.HasBufferedBytes) throw new ProtocolException("the server sent more than its greeting before TLS");

        HandshakeResponse.WriteTlsRequest(session.Writer, capabilities, session.Reader.ExpectedSequence++);
        await session.SendPreparationAsync(async).ConfigureAwait(false);
        ServerTrust trust = new(options);
        SslClientAuthenticationOptions tls = trust.CreateOptions();
        try
        {
            await session.Link.UpgradeAsync(tls, async).ConfigureAwait(false);
        }
        catch (AuthenticationException refused)
        {
            throw new MySqlException($"No trusted connection to {options.Endpoint}: {trust.Explain(refused)}.", MySqlFailurePhase.NotSent, MySqlFailureReason.NotTrusted, inner: refused);
        }
    }

    /// <summary>
    /// A reset sets the session's variables to the server's defaults. Once a physical connection: are these what the driver relies on,
    /// or must they be set now, and after each reset?
    /// </summary>
    private static async ValueTask LearnDefaultsAsync(Session session, bool async)
    {
        session.Writer.BeginQuery();
        session.Writer.WriteBytes(
            "SELECT @@session.character_set_client, @@session.character_set_results, @@session.session_track_gtids, "u8);
        session.Writer.WriteBytes("@@session.session_track_state_change, @@session.session_track_schema, "u8);
        session.Writer.WriteBytes("@@global.character_set_client, @@global.character_set_results, @@global.session_track_gtids, "u8);
        session.Writer.WriteBytes("@@global.session_track_state_change, @@global.session_track_schema, "u8);
        session.Writer.WriteBytes("@@session.max_allowed_packet, @@global.server_uuid, @@global.innodb_rollback_on_timeout"u8);
        session.Writer.End();
        await session.SendPreparationAsync(async).ConfigureAwait(false);

        ResultStream results = new(session, isBinary: false, statement: null);
        await results.BeginAsync(async).ConfigureAwait(false);
        if (!await results.ReadRowAsync(async).ConfigureAwait(false)) throw new ProtocolException("a SELECT of variables gave no row");

        string[] values = [.. Enumerable.Range(0, results.Columns.Length).Select(results.GetString)];
        await results.DrainAsync(async).ConfigureAwait(false);
        if (values.Length != 13 || !long.TryParse(values[10], CultureInfo.InvariantCulture, out long maxAllowedPacket))
        {
            throw new ProtocolException("a SELECT of variables gave something else");
        }

        session.MaxAllowedPacket = maxAllowedPacket;
        session.ServerUuid = values[11];
        session.RollsBackOnLockWait = values[12] == "1";
        session.DefaultNoBackslashEscapes = session.Status.HasFlag(ServerStatus.NoBackslashEscapes);
        session.Reset.Settings = SettingsFor(values.AsSpan(5, 5));
        if (SettingsFor(values.AsSpan(0, 5)) is not { } now) return;

        session.Writer.BeginQuery();
        session.Writer.WriteString(now);
        session.Writer.End();
        await session.SendPreparationAsync(async).ConfigureAwait(false);
        await session.ReadOkAsync(async).ConfigureAwait(false);
    }

    /// <summary>The SET that makes up for values other than the wanted ones; null when there is nothing to make up for.</summary>
    private static string? SettingsFor(ReadOnlySpan<string> values)
    {
        List<string> settings = [];
        if (values[0] != Utf8 || values[1] != Utf8) settings.Add("NAMES " + Utf8);
        if (values[2] != OwnGtid) settings.Add("SESSION session_track_gtids = " + OwnGtid);
        if (values[3] != "1") settings.Add("SESSION session_track_state_change = ON");
        if (values[4] != "1") settings.Add("SESSION session_track_schema = ON");
        return settings.Count > 0 ? "SET " + string.Join(", ", settings) : null;
    }

    private static List<KeyValuePair<string, string>> Attributes(ConnectionOptions options)
    {
        List<KeyValuePair<string, string>> attributes =
        [
            new("_client_name", "FooBar.MySql"),
            new("_client_version", DriverVersion),
            new("_pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)),
        ];
        if (options.ApplicationName.Length > 0) attributes.Add(new("program_name", options.ApplicationName));
        return attributes;
    }

    /// <summary>To open a connection is to send statements of the driver's own; to the caller nothing was sent yet.</summary>
    private static Exception AsNotSent(Exception failure) =>
        failure is MySqlException { Number: not 0, Phase: not MySqlFailurePhase.NotSent } refused
            ? new MySqlException(refused.Number, refused.SqlState, refused.Message, MySqlFailurePhase.NotSent)
            : failure;
}
