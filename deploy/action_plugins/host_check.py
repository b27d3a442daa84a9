"""Compares a host with what its roles need. A host that cannot be asked is a problem like another, so that all are reported together."""

import ipaddress
import re
import subprocess
import time

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

MOST_SKEW_SECONDS = 2
PROGRAMS_MB = 1000
# MaxAuthTries of the base role.
MOST_TRIES = 2
LINK_LOCAL = ipaddress.ip_network("fe80::/10")


def connection_problem(host, error):
    """ssh's own last word, and what usually helps."""
    lines = [line.strip() for line in str(error).replace("\\r", "").splitlines() if line.strip() and not line.startswith("Warning:")]
    reason = re.sub(r"^.*(?:over|via) ssh: ", "", lines[-1]).rstrip(".") if lines else "ssh failed"
    if "Host key verification failed" in reason or "host key" in reason.lower():
        return f"{host}: its ssh host key is not known ({reason}). Log in once by hand and compare the key"
    if "Permission denied" in reason:
        return f"{host}: ssh refuses the login ({reason}). Put your public key into the user's authorized_keys, or correct ansible_user"
    return f"{host}: it cannot be reached ({reason}). Start it, or correct its ansible_host"


def login_problem(host, log):
    """From the log of a login of its own (ssh -v): whether it would still get in once few tries are allowed."""
    offered = len(re.findall(r"^debug1: Offering public key:", log, re.MULTILINE))
    if offered <= MOST_TRIES:
        return None
    return (f"{host}: ssh offers it {offered} keys before one fits, and only {MOST_TRIES} tries will be allowed. "
            "Give ansible_ssh_private_key_file, and ansible_ssh_common_args: -o IdentitiesOnly=yes")


def become_problem(host, text):
    if "not found" in text and "sudo" in text and "/usr/bin/python3" not in text:
        return f"{host}: sudo is not installed. Install it: apt-get install sudo"
    if "not in the sudoers" in text or "not allowed to execute" in text:
        return f"{host}: the user may not use sudo. Allow it in /etc/sudoers.d"
    if "assword" in text:
        return f"{host}: sudo wants a password. Allow the user NOPASSWD: ALL in /etc/sudoers.d, or run with --ask-become-pass"
    if "/usr/bin/python3" in text and "o such file" in text or "python3: not found" in text or "python3: command not found" in text:
        return f"{host}: python3 is missing. Install it: apt-get install python3"
    return None


def problems(host, report, wanted, before, after):
    """One line each, without the last full stop. before and after are the controller's clock around the question."""
    found = []

    def say(problem, way_out):
        found.append(f"{host}: {problem}. {way_out}")

    release = report["release"]
    if (release["id"], release["version"]) != ("debian", "12"):
        say(f"it runs {release['name'] or 'an unknown system'}", "Install Debian 12")
        return found  # whatever else is wrong there does not matter
    if report["architecture"] != "x86_64":
        say(f"its processor is {report['architecture']}", "Use an x86_64 host")
    if not report["systemd"]:
        say("systemd does not run it", "Use a host that boots with systemd")
    needs = wanted["needs"]
    disk = sum(need["growth_mb" if need.get("state") in report["states"] else "disk_mb"] for need in needs)
    if report["data_mb"] < disk:
        say(f"/var/lib has {report['data_mb']} MB free, and its roles need {disk} MB", "Free some, or give it a larger disk")
    if report["programs_mb"] is not None and report["programs_mb"] < PROGRAMS_MB:
        say(f"/opt has {report['programs_mb']} MB free, and the programs need {PROGRAMS_MB} MB", "Free some, or give it a larger disk")
    memory = sum(need["memory_mb"] for need in needs)
    if report["memory_mb"] < memory:
        say(f"it has {report['memory_mb']} MB of memory, and its roles need {memory} MB", "Give it more, or fewer roles")
    skew = max(before - report["time"], report["time"] - after, 0)
    if skew > MOST_SKEW_SECONDS:
        ahead = "ahead of" if report["time"] > after else "behind"
        say(f"its clock is {skew:.0f} s {ahead} this machine's", "Set it: date -u -s @$(date +%s) from here, then let chrony keep it")
    taken = {}
    for listener in report["listeners"]:
        if listener["protocol"] == "tcp" and listener["port"] in wanted["ports"] and not listener["ours"]:
            taken.setdefault(listener["port"], listener["program"])
    for port, program in sorted(taken.items()):
        say(f"port {port} is taken by {program}", "Stop and disable that, or move it to another port")
    client = report["ssh_client"]
    if client and not _within(client, wanted["admin_networks"]):
        say(f"you come from {client}, which is not in admin_networks, so the firewall would lock you out", "Add your network to admin_networks")
    if not wanted["dns_servers"] and not report["nameservers"]:
        say("/etc/resolv.conf names no server", "Add one, or give dns_servers in the inventory")
    for server in () if wanted["dns_servers"] else report["nameservers"]:
        if ipaddress.ip_address(server.partition("%")[0]) in LINK_LOCAL:
            say(f"its name server {server} is link-local, which the firewall's rules cannot name", "Give others as dns_servers in the inventory")
    for other in report["firewalls"]:
        say(f"{other['name']} filters there too, beside the deployment's own rules", f"Turn it off: {other['off']}")
    _check_addresses(report, wanted, say)
    return found


def _check_addresses(report, wanted, say):
    """Peers let in the address of the inventory alone, so it must be the host's and what it sends from."""
    has = f"(it has {', '.join(report['addresses']) or 'none'})"
    own = {ipaddress.ip_address(address) for address in report["addresses"]}
    if wanted["address6"] and ipaddress.ip_address(wanted["address6"]) not in own:
        say(f"{wanted['address6']} is none of its addresses {has}", "Give the one at which the world reaches it as address6, or none")
    if ipaddress.ip_address(wanted["address"]) not in own:
        say(f"{wanted['address']} is none of its addresses {has}", "Give the one at which its peers reach it as address")
        return
    for peer, source in report["sources"].items():
        if not source:
            say(f"it has no route to {peer}", "Add one, or correct that host's address")
        elif source != wanted["address"]:
            say(f"it sends to {peer} from {source} and not from {wanted['address']}", "Give the one that it sends from as address, or correct its routes")


def _within(address, networks):
    parsed = ipaddress.ip_address(address.partition("%")[0])
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in ipaddress.ip_network(network) for network in networks)


class ActionModule(ActionBase):
    """host_check: {needs, ports, admin_networks, dns_servers, address, address6, peers}. Never fails; returns problems and the module's report."""

    _VALID_ARGS = frozenset(("needs", "ports", "admin_networks", "dns_servers", "address", "address6", "peers"))

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        host = task_vars["inventory_hostname"]
        wanted = self._task.args
        before = time.time()
        try:
            report = self._execute_module(
                "host_check", {"states": [need["state"] for need in wanted["needs"] if "state" in need], "peers": wanted["peers"]}, task_vars=task_vars)
        except AnsibleConnectionFailure as error:
            return self._verdict([connection_problem(host, error)])
        except AnsibleError as error:
            return self._verdict([become_problem(host, str(error)) or f"{host}: {_line(error)}. Correct its connection settings"])
        after = time.time()
        if report.get("failed"):
            text = " ".join(str(report.get(part, "")) for part in ("msg", "module_stderr", "module_stdout"))
            return self._verdict([become_problem(host, text) or f"{host}: it cannot be asked ({_line(text)}). Log in and run python3 --version"])
        return self._verdict([*problems(host, report, wanted, before, after), *filter(None, [login_problem(host, self._login())])], report)

    def _login(self):
        """What ssh says when it logs in as Ansible does, but over a connection of its own."""
        connection = self._connection
        if connection.transport != "ssh" or connection.get_option("password"):
            return ""
        ssh, *arguments = connection._build_command(connection.get_option("ssh_executable"), "ssh", connection.host, "true")
        own = [b"-v", b"-o", b"ControlMaster=no", b"-o", b"ControlPath=none", b"-o", b"BatchMode=yes"]
        try:
            done = subprocess.run([ssh, *own, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        except subprocess.TimeoutExpired:
            return ""
        return done.stderr.decode(errors="replace").replace("\r", "")

    @staticmethod
    def _verdict(found, report=None):
        return {"changed": False, "problems": [f"{problem.rstrip('.')}." for problem in found], "report": report or {}}


def _line(text):
    return " ".join(str(text).split())[:300]
