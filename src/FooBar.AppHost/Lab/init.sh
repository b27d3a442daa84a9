#!/bin/bash
# The first process of the lab's namespaces: hosts, network and mounts live as long as it does, because the kernel ends them with it.
# It reaps whatever loses its parent in here, which bash does by itself.
# usage: init.sh RUN GROUP  3< the guard's pipe
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
run=$1 group=$2
trap '' INT TERM HUP

# /proc is still the machine's: this is the id by which others know this process.
read -r pid _ </proc/self/stat
mount -t proc proc /proc

# Where the address of the name server is read from may be a link into /run, which is the lab's own from here on.
resolv=$(readlink -m /etc/resolv.conf)
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
mkdir -p /run/netns /run/lock /run/foobar-lab/{image,repository,disks,admin,hosts}
mkdir -m 700 /run/foobar-lab/ssh
for folder in image repository; do
    mount --bind "$run/$folder" "/run/foobar-lab/$folder"
done
mount --bind "$run/disks" /run/foobar-lab/disks
mount --bind "$run/admin" /run/foobar-lab/admin

# The operator's machine is this one, seen through the lab: its names, its hosts' keys, nothing of the user's own.
mkdir -p "$(dirname "$resolv")"
[ -e "$resolv" ] || : >"$resolv"
mount --bind "$run/admin/resolv.conf" "$resolv"
mount --bind "$run/admin/ssh_config" /etc/ssh/ssh_config
[ ! -d ~/.ssh ] || mount -t tmpfs -o mode=700 tmpfs ~/.ssh

ip link set lo up
ip link add br0 type bridge
ip link set br0 up

echo "$pid" >"$run/init.new"
mv "$run/init.new" "$run/init"

# Returns when the guard is gone: nobody is left to clean up, then, but this process.
read -r _ <&3 || true
kill -KILL -1 || true
. "$here/remains.sh"
remove_remains "$run" "$group"
