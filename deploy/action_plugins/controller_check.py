"""What can be checked on the controller alone: how it was started, and what the site's names resolve to."""

import ipaddress
import os
import socket

from ansible.plugins.action import ActionBase


def resolved(name, family):
    """The addresses of a name, none when there is no such record. What else goes wrong is raised as OSError."""
    try:
        return {entry[4][0] for entry in socket.getaddrinfo(name, None, family, socket.SOCK_STREAM)}
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), getattr(socket, "EAI_ADDRFAMILY", socket.EAI_NONAME)):
            return set()
        raise


def name_problem(name, gateways, resolve=resolved):
    """None, or what a name resolves to instead of the gateways' addresses, with the records to create."""
    wanted = {
        socket.AF_INET: {host["public_address"] for host in gateways},
        # However it was written: 2001:DB8::1 is 2001:db8::1.
        socket.AF_INET6: {str(ipaddress.ip_address(host["address6"])) for host in gateways if host["address6"]},
    }
    try:
        found = {family: resolve(name, family) for family in wanted}
    except OSError as error:
        return f"{name} cannot be looked up ({error.strerror or error}). Repair this machine's DNS, or set dns_check: false"
    if found == wanted:
        return None
    records = ", ".join(
        f"{name}. {kind} {address}"
        for family, kind in ((socket.AF_INET, "A"), (socket.AF_INET6, "AAAA"))
        for address in sorted(wanted[family])
    )
    seen = " and ".join(sorted(found[socket.AF_INET]) + sorted(found[socket.AF_INET6]))
    what = f"{name} resolves to {seen}" if seen else f"{name} does not resolve"
    return f"{what}. Have these DNS records and no others for it: {records}; or set dns_check: false when the gateway is reached by other addresses"


class ActionModule(ActionBase):
    """controller_check: {configuration, expected_configuration, names, gateways}. Never fails; returns problems."""

    _VALID_ARGS = frozenset(("configuration", "expected_configuration", "names", "gateways"))

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = self._task.args
        found = []
        if os.path.realpath(arguments["configuration"] or "/") != os.path.realpath(arguments["expected_configuration"]):
            found.append(f"inventory: ansible.cfg of the deployment is not in use. Run in {os.path.dirname(arguments['expected_configuration'])}, "
                         "or set ANSIBLE_CONFIG to the file there.")
        for name in arguments["names"]:
            problem = name_problem(name, arguments["gateways"])
            if problem:
                found.append(f"inventory: {problem}.")
        return {"changed": False, "problems": found}
