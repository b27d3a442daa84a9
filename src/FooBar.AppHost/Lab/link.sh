#!/bin/bash
# Gives a machine of the lab a network namespace, named like it, whose eth0 is plugged into the bridge. One that is there is replaced.
# usage: link.sh NAME NUMBER
set -eu
name=$1 number=$2

# The link goes first and at once; the namespace takes it along only later.
ip link delete "port$number" 2>/dev/null || true
ip netns delete "$name" 2>/dev/null || true
ip netns add "$name"

# A host that comes back has the network card that it had: with another one, its peers would go on sending to the old.
card=$(printf '02:00:0a:4d:00:%02x' "$number")
ip link add eth0 netns "$name" address "$card" type veth peer name "port$number"
ip -n "$name" link set lo up
ip -n "$name" address add "10.77.0.$number/24" dev eth0
ip -n "$name" address add "fd77::$number/64" dev eth0 nodad
ip -n "$name" link set eth0 up
ip link set "port$number" master br0 up
