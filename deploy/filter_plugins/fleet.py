"""The hosts of an inventory as plain data, and what follows from their roles."""

import ipaddress

ROLES = ("gateway", "web", "database", "collector", "backup")


def fleet(hostvars, groups):
    """name -> {name, roles, address (for its peers), public_address (for the world), address6 ('' when it has none), ssh_port, weight},
    in the order of the inventory."""
    return {
        name: {
            "name": name,
            "roles": [role for role in ROLES if name in groups.get(role, [])],
            "address": hostvars[name]["address"],
            "public_address": public_address(hostvars[name]),
            "address6": hostvars[name]["address6"],
            "ssh_port": int(hostvars[name].get("ansible_port", 22)),
            "weight": int(hostvars[name]["database_weight"]),
        }
        for name in groups["all"]
    }


def public_address(host):
    """What it says, else where ssh reaches it from outside, when that is an address."""
    reach = host["ansible_host"]
    try:
        ipaddress.IPv4Address(reach)
    except ValueError:
        reach = host["address"]
    return host.get("public_address") or reach


def with_role(hosts, role):
    return [host for host in hosts.values() if role in host["roles"]]


def scrape_targets(hosts, ports):
    """job -> [{instance, address, port}]. Prometheus and Alertmanager listen on loopback only, so each collector scrapes its own."""

    def of(role, port):
        return [{"instance": h["name"], "address": h["address"], "port": ports[port]} for h in with_role(hosts, role)]

    return {
        "gateway": of("gateway", "gateway_admin"),
        "web": of("web", "web_admin"),
        "keeper": of("database", "keeper_admin"),
        "mysqld": of("database", "mysqld_exporter"),
        "node": [{"instance": h["name"], "address": h["address"], "port": ports["node_exporter"]} for h in hosts.values()],
    }


class FilterModule:
    def filters(self):
        return {"fleet": fleet, "with_role": with_role, "scrape_targets": scrape_targets}
