#!/usr/bin/python3
"""What the preflight wants to know of a host, in one round trip. It changes nothing."""

import glob
import json
import os
import platform
import pwd
import re
import shutil
import time

from ansible.module_utils.basic import AnsibleModule

LISTENER = re.compile(r"^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+\s*(.*)$")
PROCESS = re.compile(r'\("([^"]+)",pid=(\d+)')


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def release():
    values = dict(line.split("=", 1) for line in read("/etc/os-release").splitlines() if "=" in line)
    return {name: values.get(key, "").strip('"') for name, key in (("id", "ID"), ("version", "VERSION_ID"), ("name", "PRETTY_NAME"))}


def listeners(module):
    """[{protocol, address, port, program, ours}]. Ours are those that a unit of the deployment holds; the gateway's sockets are systemd's."""
    status, output, _ = module.run_command(["ss", "-Hlntup"])
    if status != 0:
        return []
    found = []
    for line in output.splitlines():
        match = LISTENER.match(line)
        if not match:
            continue
        processes = PROCESS.findall(match.group(4))
        units = [read(f"/proc/{pid}/cgroup") for _, pid in processes]
        sockets = os.path.exists("/etc/systemd/system/foobar-gateway-https.socket")
        found.append({
            "protocol": match.group(1),
            "address": match.group(2),
            "port": int(match.group(3)),
            "program": ", ".join(sorted({name for name, _ in processes})) or "an unknown program",
            "ours": any("foobar-" in unit for unit in units) or (sockets and any(pid == "1" for _, pid in processes)),
        })
    return found


def ssh_client():
    """The address that this very login came from; sudo drops the variable, so the ancestors are asked."""
    process = os.getpid()
    while process > 1:
        for variable in read(f"/proc/{process}/environ").split("\0"):
            if variable.startswith("SSH_CONNECTION="):
                return variable.split("=", 1)[1].split()[0]
        parent = re.search(r"^PPid:\s*(\d+)", read(f"/proc/{process}/status"), re.MULTILINE)
        process = int(parent.group(1)) if parent else 0
    return ""


def free_mb(path):
    """Of the file system that holds the path, or would."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return shutil.disk_usage(path).free // 1000000, os.stat(path).st_dev


def nameservers():
    """Those that leave the host: behind systemd-resolved's own stub are the ones it asks."""
    for path in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        found = [line.split()[1] for line in read(path).splitlines() if line.startswith("nameserver ") and len(line.split()) > 1]
        outside = [address for address in found if not address.startswith("127.") and address != "::1"]
        if outside:
            return outside
    return []


def addresses(module):
    _, output, _ = module.run_command(["ip", "-json", "address"], check_rc=True)
    return [info["local"] for link in json.loads(output) for info in link.get("addr_info", []) if info.get("scope") == "global"]


def source(module, peer):
    """The address that the host sends from to a peer; empty without a route."""
    status, output, _ = module.run_command(["ip", "-json", "route", "get", peer])
    return json.loads(output)[0].get("prefsrc", "") if status == 0 else ""


def firewalls(module):
    """Others that are in use: [{name, off}], off being what ends it."""
    found = []
    if re.search(r"^ENABLED=yes", read("/etc/ufw/ufw.conf"), re.MULTILINE):
        found.append({"name": "ufw", "off": "ufw disable"})
    for unit, asked in (("firewalld", "is-active"), ("nftables", "is-enabled")):
        status, answer, _ = module.run_command(["systemctl", asked, unit])
        if status == 0 and answer.strip() in ("active", "enabled"):
            found.append({"name": unit, "off": f"systemctl disable --now {unit}"})
    if found or not shutil.which("nft"):
        return found  # the tables are theirs
    status, output, _ = module.run_command(["nft", "-j", "list", "chains"])
    for item in json.loads(output)["nftables"] if status == 0 else []:
        chain = item.get("chain", {})
        if chain.get("hook") in ("input", "output") and chain.get("type") == "filter" and chain["table"] != "foobar":
            table = f"{chain['family']} {chain['table']}"
            entry = {"name": f"nftables' table {table}", "off": f"nft delete table {table}"}
            if entry not in found:
                found.append(entry)
    return found


def dhcp():
    """Whether an address of the host is leased, so that the firewall must let the lease be renewed."""
    leases = glob.glob("/run/systemd/netif/leases/*") + [path for path in glob.glob("/var/lib/dhcp/*lease*") if os.path.getsize(path)]
    return bool(leases) or any(read(path).strip() in ("dhclient", "dhcpcd", "NetworkManager") for path in glob.glob("/proc/[0-9]*/comm"))


def exists(user):
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False


def main():
    listed = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(argument_spec={"states": listed, "peers": listed}, supports_check_mode=True)
    data, data_device = free_mb("/var/lib")
    programs, programs_device = free_mb("/opt")
    memory = re.search(r"^MemTotal:\s*(\d+)", read("/proc/meminfo"), re.MULTILINE)
    module.exit_json(
        changed=False,
        release=release(),
        architecture=platform.machine(),
        systemd=os.path.isdir("/run/systemd/system"),
        time=time.time(),
        data_mb=data,
        programs_mb=programs if programs_device != data_device else None,
        memory_mb=int(memory.group(1)) // 1000 if memory else 0,
        states=[state for state in module.params["states"] if os.path.exists(state)],
        listeners=listeners(module),
        ssh_client=ssh_client(),
        nameservers=nameservers(),
        addresses=addresses(module),
        sources={peer: source(module, peer) for peer in module.params["peers"]},
        firewalls=firewalls(module),
        # On such a host root asks the cloud's metadata service at each boot.
        cloud=os.path.isdir("/run/cloud-init"),
        dhcp=dhcp(),
        resolved=exists("systemd-resolve"),
    )


if __name__ == "__main__":
    main()
