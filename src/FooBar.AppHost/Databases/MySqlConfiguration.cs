using FooBar.AppHost.Certificates;

namespace FooBar.AppHost.Databases;

/// <summary>A member's my.cnf.</summary>
internal static class MySqlConfiguration
{
    /// <summary>Writes it. Each setting that is not a path or a port has its reason beside it.</summary>
    /// <param name="number">The member's number.</param>
    /// <param name="port">Its port.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="certificate">Its certificate.</param>
    /// <param name="replication">How it replicates: <see cref="InGroup"/> or <see cref="Classic"/>.</param>
    public static string Write(int number, int port, string folder, CertificateFiles certificate, string replication) => $"""
        # Written by foobar at every start: changes made here are lost.
        # Paths are in quotes, because outside of them a # begins a comment.
        [mysqld]
        datadir="{folder}/data"
        bind-address={MySqlMember.Host}
        port={port}
        # Relative to datadir: an absolute path may be longer than the 107 bytes that a socket's address holds.
        socket=mysql.sock
        pid-file=mysqld.pid
        server-id={number}
        report-host={MySqlMember.Host}
        report-port={port}
        skip-name-resolve=ON
        mysqlx=OFF
        local-infile=OFF
        secure-file-priv=NULL
        log-error-verbosity=2

        # TLS for everyone, clients and members.
        require-secure-transport=ON
        tls-version=TLSv1.2,TLSv1.3
        ssl-ca="{folder}/ca.crt"
        ssl-cert="{certificate.CertificatePath}"
        ssl-key="{certificate.KeyPath}"

        # A commit that was acknowledged survives a power cut.
        sync-binlog=1
        innodb-flush-log-at-trx-commit=1

        # Causal reads need the GTID of each commit; OWN_GTID here, because a session's own SET is undone by a reset.
        gtid-mode=ON
        enforce-gtid-consistency=ON
        session-track-gtids=OWN_GTID
        session-track-state-change=ON

        # A statement that waits for a row lock holds up a server that is to become read-only, and the lock's holder may be one that waits for that:
        # the default is 50 s, longer than any operation has.
        innodb-lock-wait-timeout=5

        # Sized for three members on one laptop.
        innodb-buffer-pool-size=64M
        innodb-redo-log-capacity=32M
        innodb-log-buffer-size=4M
        max-connections=200
        table-open-cache=400
        performance-schema-instrument='%=OFF'

        {replication}
        """;

    /// <summary>For a member of a group.</summary>
    /// <param name="groupPort">Its port for the other members.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="groupName">The group's UUID.</param>
    /// <param name="members">All members, this one among them.</param>
    public static string InGroup(int groupPort, string folder, string groupName, IReadOnlyList<MySqlMember> members) => $"""
        # Nobody writes before the group says who may.
        super-read-only=ON
        plugin-load-add=group_replication.so
        loose-group-replication-group-name={groupName}
        loose-group-replication-start-on-boot=OFF
        loose-group-replication-local-address={MySqlMember.Host}:{groupPort}
        loose-group-replication-group-seeds={string.Join(',', members.Select(member => $"{MySqlMember.Host}:{member.GroupPort}"))}
        # The group's port cannot be bound to one address; whoever is not on this list is turned away, by default a whole private network is not.
        loose-group-replication-ip-allowlist={MySqlMember.Host}
        loose-group-replication-ssl-mode=VERIFY_IDENTITY
        loose-group-replication-recovery-use-ssl=ON
        loose-group-replication-recovery-ssl-verify-server-cert=ON
        loose-group-replication-recovery-ssl-ca="{folder}/ca.crt"
        # The smallest that the server takes; the default is a gigabyte.
        loose-group-replication-message-cache-size=134217728
        # Five seconds of detection are fixed; none more before a dead member is expelled.
        loose-group-replication-member-expel-timeout=0
        # A minority stops waiting for its majority, instead of for ever.
        loose-group-replication-unreachable-majority-timeout=10
        # Who joins is the supervisor's decision alone: it must know who may be in the group.
        loose-group-replication-autorejoin-tries=0

        """;

    /// <summary>For a primary and its replicas, all the same: who is which, a server remembers itself.</summary>
    public const string Classic = """
        # Nobody comes back writable by accident: only the primary has its own word against this, persisted.
        super-read-only=ON
        # A member that is made anew takes what it once wrote itself; GTIDs keep everything else from going round in circles.
        replicate-same-server-id=ON
        # A replica that was killed asks its source again for what it had not applied, instead of trusting half a file.
        relay-log-recovery=ON
        # Not after the host, whose name may change.
        relay-log=relay
        # A source that is silent is given up after two of its heartbeats, instead of after a minute.
        replica-net-timeout=5

        """;
}
