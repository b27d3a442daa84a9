"""What the list of flows means: the rules of each host in both directions, and the matrix of ports that a scan must find."""

import ipaddress
from urllib.parse import urlsplit

ADMIN = "admin"
ANYONE = "anyone"


def _plays(host, who):
    return who == "all" or who in host["roles"]


def _protocols(flow):
    return flow.get("protocols", ["tcp"])


def _ports(flow, host, ports):
    """Numbers: a name is looked up, ssh is the receiving host's own."""
    return sorted(host["ssh_port"] if port == "ssh" else ports.get(port, port) for port in flow["ports"])


def _by_family(networks):
    """{'ip': [...], 'ip6': [...]}: one rule of nftables holds addresses of one family."""
    found = {"ip": [], "ip6": []}
    for network in networks:
        text = str(network)
        address = ipaddress.ip_network(text, strict=False)
        family = "ip" if address.version == 4 else "ip6"
        text = text if "/" in text and address.num_addresses > 1 else str(address.network_address)
        if text not in found[family]:
            found[family].append(text)
    return {family: addresses for family, addresses in found.items() if addresses}


def _peer_addresses(hosts):
    return [host["address"] for host in hosts]


def alert_flows(webhook_url, smtp):
    """The flows of Alertmanager's own messages: to a webhook by its URL, to a mail server by host:port."""
    flows = []
    if webhook_url:
        url = urlsplit(webhook_url)
        flows.append(("webhook", url.hostname, url.port or {"http": 80, "https": 443}[url.scheme]))
    if smtp:
        host, _, port = smtp.rpartition(":")
        flows.append(("mail", host.strip("[]"), int(port)))
    return [
        {"name": f"alerts by {name}", "from": "collector", "elsewhere": _elsewhere(host), "ports": [port], "users": ["foobar-alertmanager"]}
        for name, host, port in flows
    ]


def _elsewhere(host):
    """A name may stand for other addresses tomorrow; an address is what it is."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return "any"


def inbound(flows, hosts, name, ports, admin_networks):
    """What a host lets in: [{name, protocol, ports, guarded, ssh, sources}], where sources are by family and None means anyone."""
    here = hosts[name]
    rules = []
    for flow in flows:
        if "to" not in flow or not _plays(here, flow["to"]):
            continue
        if flow["from"] == ANYONE:
            sources = None
        elif flow["from"] == ADMIN:
            sources = _by_family(admin_networks)
        else:
            sources = _by_family(_peer_addresses(host for host in hosts.values() if host is not here and _plays(host, flow["from"])))
            if not sources:
                continue
        for protocol in _protocols(flow):
            rules.append({
                "name": flow["name"],
                "protocol": protocol,
                "ports": _ports(flow, here, ports),
                "guarded": flow.get("guarded", False),
                "ssh": "ssh" in flow["ports"],
                "sources": sources,
            })
    return rules


def outbound(flows, hosts, name, ports, dns_servers, users):
    """What a host lets out: [{name, user, uid, protocol, ports, destinations}]; destinations as sources above. uid is the number of a user
    of ours, else the name, because Debian gives those numbers."""
    here = hosts[name]
    rules = []
    for flow in flows:
        if "users" not in flow or not _plays(here, flow["from"]):
            continue
        if "elsewhere" in flow:
            where = flow["elsewhere"]
            destinations = None if where == "any" else _by_family(dns_servers if where == "dns" else where)
        else:
            destinations = _by_family(_peer_addresses(host for host in hosts.values() if host is not here and _plays(host, flow["to"])))
        if destinations == {}:
            continue
        for user in flow["users"]:
            for protocol in _protocols(flow):
                rules.append({
                    "name": flow["name"],
                    "user": user,
                    "uid": users.get(user, user),
                    "protocol": protocol,
                    "ports": _ports(flow, here, ports),
                    "destinations": destinations,
                })
    return rules


FAMILIES = ("ip", "ip6")


def _covers(addresses, family, host):
    """Whether a list of addresses by family holds a host's of that family. Peers are named by IPv4 alone, so between them IPv6 has no rules."""
    own = host["address"] if family == "ip" else host["address6"]
    return addresses is None or bool(own) and any(
        ipaddress.ip_address(own) in ipaddress.ip_network(network) for network in addresses.get(family, []))


def _lets_in(rule, family, sender, hosts):
    sources = rule["sources"]
    if sources is None:
        return True
    return family in sources and rule["ssh"] if sender == ADMIN else sender in hosts and _covers(sources, family, hosts[sender])


def port_matrix(flows, hosts, ports, admin_networks, dns_servers, users):
    """What a scan must find, no more and no less, by family of addresses (ip, ip6). from is a host, admin or anyone.
    admits: family -> from -> to -> protocol -> ports that the receiver lets in from there.
    sends: family -> from -> user -> to -> protocol -> ports that the sender lets out to another host.
    reaches: family -> from -> user -> to -> protocol -> ports, where both agree.
    outbound: from -> what outbound() says, which knows the world outside too."""
    matrix = {"admits": {}, "sends": {}, "reaches": {}}
    for family in FAMILIES:
        admits = {
            sender: {name: {"tcp": set(), "udp": set()} for name in hosts if name != sender}
            for sender in (ADMIN, ANYONE, *hosts)
        }
        for name in hosts:
            for rule in inbound(flows, hosts, name, ports, admin_networks):
                for sender, receivers in admits.items():
                    if sender != name and _lets_in(rule, family, sender, hosts):
                        receivers[name][rule["protocol"]].update(rule["ports"])
        sends, reaches = {name: {} for name in hosts}, {name: {} for name in hosts}
        for sender in hosts:
            for rule in outbound(flows, hosts, sender, ports, dns_servers, users):
                for name in hosts:
                    if name == sender or not _covers(rule["destinations"], family, hosts[name]):
                        continue
                    protocol, numbers = rule["protocol"], set(rule["ports"])
                    for found, which in ((sends, numbers), (reaches, numbers & admits[sender][name][protocol])):
                        if which:
                            found[sender].setdefault(rule["user"], {}).setdefault(name, {"tcp": set(), "udp": set()})[protocol] |= which
        for kind, found in (("admits", admits), ("sends", sends), ("reaches", reaches)):
            matrix[kind][family] = found
    return _sorted(matrix) | {"outbound": {name: outbound(flows, hosts, name, ports, dns_servers, users) for name in hosts}}


def _sorted(value):
    return {key: _sorted(inner) for key, inner in value.items()} if isinstance(value, dict) else sorted(value)


class FilterModule:
    def filters(self):
        return {"alert_flows": alert_flows, "inbound": inbound, "outbound": outbound, "port_matrix": port_matrix}
