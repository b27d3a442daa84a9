using FooBar.AppHost.Certificates;

namespace FooBar.AppHost.Databases;

/// <summary>A member's my.cnf.</summary>
internal static class MySqlConfiguration
{
    /// <summary>Writes it. Each setting that is not a path or a port has its reason beside it.</summary>
    public static string Write(int number, int port, int groupPort, string folder, CertificateFiles certificate, string groupName, IReadOnlyList<MySqlMember> members) => $"""
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

        # Sized for three members on one laptop.
        innodb-buffer-pool-size=64M
        innodb-redo-log-capacity=32M
        innodb-log-buffer-size=4M
        max-connections=200
        table-open-cache=400
        performance-schema-instrument='%=OFF'

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
}
