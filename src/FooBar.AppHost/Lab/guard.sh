#!/bin/bash
# Runs outside the lab and holds it together: starts its namespaces, and when they have ended, however they ended, removes what they leave
# on the machine: cgroups, which the kernel keeps when the last process is gone, and the run folder.
# usage: guard.sh RUN GROUP LOCK  < owner
#   RUN    folder of this run: disks, keys, logs
#   GROUP  name of the lab's cgroup in each hierarchy
#   LOCK   file that is held shared while the lab uses the cache
# The owner writes "keep" when the lab is to outlive it; until then the owner's end is the lab's.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
run=$1 group=$2 lock=$3
trap '' INT TERM HUP

# Kept aside, because the shell gives what runs in the background no standard input.
exec 5<&0 </dev/null
exec 9<>"$lock" && flock --shared 9 || exit 1

# The one writer of this pipe is this process: at its end the init of the namespaces reads so, and cleans up in our place.
mkfifo -m 600 "$run/guard"
exec 4<>"$run/guard"

unshare --mount --propagation private --pid --net --ipc --uts --fork --kill-child \
    bash "$here/init.sh" "$run" "$group" 3<"$run/guard" 4>&- 5<&- 9>&- &
namespaces=$!
{ read -r word <&5 && [ "$word" = keep ]; } 4>&- 9>&- &
owner=$!
exec 5<&-

wait -n -p ended "$namespaces" "$owner"
status=$?
if [ "$ended" = "$owner" ]; then
    [ "$status" = 0 ] || kill -KILL "$namespaces"
    wait "$namespaces"
fi
kill -KILL "$owner" 2>/dev/null
. "$here/remains.sh"
remove_remains "$run" "$group"
