#!/bin/bash
# Powers a host on, and on again for as long as it reboots. Runs in the lab's namespaces.
# usage: host.sh NAME NUMBER GROUP
# A host gets a new network namespace each time: a machine that boots has no firewall and no sysctl left from before.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
name=$1 number=$2 group=$3

# What nspawn ends with when the host rebooted (systemd-nspawn(1), --keep-unit).
rebooted=133

while :; do
    bash "$here/link.sh" "$name" "$number" || exit 1

    # A cgroup for each host: in one they would stop each other's services, which have the same names.
    (
        for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
            [ -e "$hierarchy/cgroup.procs" ] || continue
            mkdir -p "$hierarchy/$group/$name"
            echo "$BASHPID" >"$hierarchy/$group/$name/cgroup.procs"
        done
        # Network sysctls are a host's own, and writable as on a machine; kernel.*, vm.* and fs.* are this machine's and stay read-only.
        export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
        exec systemd-nspawn --quiet --boot --register=no --keep-unit --machine="$name" --directory="/run/foobar-lab/hosts/$name" \
            --network-namespace-path="/run/netns/$name" --capability=CAP_NET_ADMIN \
            --resolv-conf=off --timezone=off --kill-signal=SIGRTMIN+3 --console=pipe
    )
    [ $? = "$rebooted" ] || break
done

# Whose power is off answers no ping either.
ip link delete "port$number"
ip netns delete "$name"
