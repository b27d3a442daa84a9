"""What is wrong with an inventory, found in its text alone: before Ansible merges what stands twice, and before any host is asked."""

import difflib
import ipaddress
import re
from urllib.parse import urlsplit

import yaml

ROLES = ("gateway", "web", "database", "collector", "backup")
CONNECTION = {
    "ansible_user", "ansible_port", "ansible_ssh_private_key_file", "ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args",
    "ansible_become_password", "ansible_become_pass", "ansible_become_method",
    "ansible_python_interpreter", "ansible_host_key_checking", "ansible_ssh_host_key_checking", "ansible_remote_tmp",
}
PASSWORDS = {"ansible_password", "ansible_ssh_pass"}
OF_HOSTS = {"ansible_host", "address", "public_address", "address6", "database_weight"} | CONNECTION
OF_ALL = {
    "domain", "admin_networks", "contacts", "alerts", "alert_webhook_url", "alert_smtp", "alert_qps", "public_certificate", "acme_directory",
    "dns_check", "dns_servers", "ntp_servers", "artifacts_report_file",
} | CONNECTION | PASSWORDS
HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
DOMAIN = re.compile(rf"({HOST_NAME.pattern}\.)+[a-z][a-z0-9-]*[a-z0-9]")
MAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")


class _Reader(yaml.SafeLoader):
    """Values that only Ansible can read (!vault, !unsafe) count as texts."""


_Reader.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))


def inventory_mistakes(text):
    """Each a line 'WHO: problem. way out.', where WHO is a host or 'inventory'; none when all is well."""
    try:
        node = yaml.compose(text, Loader=_Reader)
        content = yaml.load(text, Loader=_Reader)  # noqa: S506  (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        return [f"inventory: {place} is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}. Correct it."]
    if not isinstance(content, dict):
        return [f"inventory: the file is {'empty' if content is None else 'not a mapping'}. Begin it with all:."]
    doubled = list(_doubled(node))
    # What is said of one of two entries would only confuse.
    return doubled or _Inventory(content).mistakes()


def _doubled(node, path=()):
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _doubled(item, path)
    if not isinstance(node, yaml.MappingNode):
        return
    seen = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in seen:
            who = name if path[-1:] == ("hosts",) else path[-1] if path[-2:-1] == ("hosts",) else "inventory"
            what = "it" if who == name else name
            yield f"{who}: {what} stands twice, in lines {seen[name]} and {line}. Remove one."
        seen.setdefault(name, line)
        yield from _doubled(value, (*path, name))


class _Inventory:
    def __init__(self, content):
        self._found = []
        everything = self._mapping("inventory", "the file", content, {"all"}, "Begin it with all:")
        everything = self._mapping("inventory", "all", everything.get("all"), {"vars", "hosts", "children"}, "See inventory/three-hosts.yml.")
        self._vars = self._mapping("inventory", "all.vars", everything.get("vars"), OF_ALL, "Give domain, admin_networks, contacts and ansible_user.")
        self._hosts = {
            str(name): self._mapping(str(name), "the host", settings or {}, OF_HOSTS, "")
            for name, settings in self._mapping("inventory", "all.hosts", everything.get("hosts"), None, "List the hosts with their ansible_host.").items()
        }
        self._roles = {role: [] for role in ROLES}
        for role, group in self._mapping("inventory", "all.children", everything.get("children"), set(ROLES), "Give each role its hosts.").items():
            members = self._mapping("inventory", f"all.children.{role}", group, {"hosts"}, f"Write {role}: {{hosts: {{NAME: }}}}.").get("hosts") or {}
            for name, settings in (members.items() if isinstance(members, dict) else ()):
                if role in self._roles:
                    self._roles[role].append(str(name))
                if settings:
                    self._say(name, f"it has settings under {role}", "Move them to all.hosts, where each host has one place")

    def mistakes(self):
        self._check_hosts()
        self._check_addresses()
        self._check_roles()
        self._check_weights()
        self._check_settings()
        return self._found

    def _say(self, who, problem, way_out):
        self._found.append(f"{who}: {problem}. {way_out.rstrip('.')}.")

    def _mapping(self, who, what, value, known, way_out):
        if not isinstance(value, dict) or (not value and way_out):
            self._say(who, f"{what} is empty" if not value else f"{what} is not a mapping", way_out or "Write NAME: VALUE")
            return {}
        for name in value if known is not None else ():
            if str(name) not in known:
                near = difflib.get_close_matches(str(name), known, 1)
                kind = "role" if what == "all.children" else "name"
                others = f"Remove it; there are {', '.join(sorted(known - CONNECTION - PASSWORDS))}"
                self._say(who, f"{name} is no {kind} that {what} can have", f"Write {near[0]}" if near else others)
        return value

    def _setting(self, host, name):
        return self._hosts[host].get(name, self._vars.get(name))

    def _check_hosts(self):
        for name in self._hosts:
            if not HOST_NAME.fullmatch(name) or name == "localhost":
                self._say(name, "this is no name for a host", "Use small letters, digits and hyphens, 63 at most, and not localhost")
            user = self._setting(name, "ansible_user")
            if not user:
                self._say(name, "ansible_user is missing", "Name the user that may log in by key and use sudo")
            elif user == "root":
                self._say(name, "ansible_user is root, whose logins are turned off", "Name another user that may use sudo")
            port = self._setting(name, "ansible_port")
            if port is not None and not _whole(port, 1, 65535):
                self._say(name, f"ansible_port is {port}", "Give a number from 1 to 65535")

    def _check_addresses(self):
        used = {}
        for name, host in self._hosts.items():
            reach = host.get("ansible_host")
            if not reach:
                self._say(name, "ansible_host is missing", "Give the address at which ssh reaches it")
                continue
            own = host.get("address", reach)
            if not _address(own, 4):
                self._say(name, f"{'address' if 'address' in host else 'ansible_host'} is {own}, which is no IPv4 address of a host",
                          "Give the one at which the other hosts reach it" + ("" if "address" in host else " as address, when ssh needs a name"))
            if "public_address" in host and not _address(host["public_address"], 4):
                self._say(name, f"public_address is {host['public_address']}, which is no IPv4 address of a host", "Correct or remove it")
            if "address6" in host and not _address(host["address6"], 6):
                self._say(name, f"address6 is {host['address6']}, which is no public IPv6 address of a host", "Correct or remove it")
            mine = {(str(reach), self._setting(name, "ansible_port") or 22), (str(own), ""), (str(host.get("address6") or name), "")}
            for address in sorted(mine, key=str):
                if address in used:
                    self._say(name, f"{address[0]} is the address of {used[address]} too", "Give each host its own")
                    break
            for address in mine:
                used.setdefault(address, name)

    def _check_roles(self):
        for role, names in self._roles.items():
            for name in names:
                if name not in self._hosts:
                    self._say(name, f"it has the role {role} but is not under all.hosts", "Add it there, or remove it from the role")
        for name in self._hosts:
            if not any(name in names for names in self._roles.values()):
                self._say(name, "it has no role", f"Put it under one of {', '.join(ROLES)}, or remove it")
        count = {role: len(names) for role, names in self._roles.items()}
        if count["gateway"] < 1:
            self._say("inventory", "no host has the role gateway", "Give it to one")
        if count["web"] < 2:
            self._say("inventory", f"{_hosts(count['web'])} the role web", "Give it to two at least, so that one can be lost")
        if count["database"] not in (3, 5, 7, 9):
            self._say("inventory", f"{_hosts(count['database'])} the role database",
                      "Give it to 3, 5, 7 or 9: a majority must remain when one is lost, and MySQL takes nine at most")
        if count["collector"] != 1:
            self._say("inventory", f"{_hosts(count['collector'])} the role collector", "Give it to exactly one")
        if self._vars.get("public_certificate") == "certbot" and count["gateway"] > 1:
            self._say("inventory", f"public_certificate is certbot with {count['gateway']} gateways",
                      "Give the role gateway to one host: the authority asks only one of them")

    def _check_weights(self):
        members = [name for name in self._roles["database"] if name in self._hosts]
        for name, host in self._hosts.items():
            if "database_weight" not in host:
                continue
            if name not in members:
                self._say(name, "it has a database_weight but not the role database", "Remove it, or add the role")
            elif not _whole(host["database_weight"], 0, 100):
                self._say(name, f"database_weight is {host['database_weight']}", "Give a number from 0 to 100")
        if members and all(self._hosts[name].get("database_weight") == 0 for name in members):
            self._say("inventory", "every database has the weight 0", "Give one that should be the primary more")

    def _check_settings(self):
        given = self._vars
        for name in sorted(PASSWORDS & given.keys()):
            self._say("inventory", f"{name} is given, but logins by password are turned off", "Remove it and put a public key into authorized_keys")
        domain = given.get("domain")
        if not domain:
            self._say("inventory", "domain is missing", "Give it without www, like foobar.com")
        elif not DOMAIN.fullmatch(str(domain)) or str(domain).startswith("www."):
            self._say("inventory", f"domain is {domain}", "Give it in small letters without www, like foobar.com")
        self._check_networks(given.get("admin_networks"))
        contacts = given.get("contacts")
        if not isinstance(contacts, list) or not contacts:
            self._say("inventory", "contacts is " + ("missing" if not contacts else "not a list"), "Give a list of e-mail addresses")
        else:
            for contact in contacts:
                if not MAIL.fullmatch(str(contact)):
                    self._say("inventory", f"contacts holds {contact}, which is no e-mail address", "Correct it")
        if not given.get("alert_smtp") and not given.get("alert_webhook_url") and given.get("alerts") != "none":
            self._say("inventory", "nobody would be told of an alert", "Give alert_smtp or alert_webhook_url, or alerts: none")
        for name, right, way_out in (
            ("alerts", lambda value: value == "none", "Give none when nobody is to be told, or remove it"),
            ("alert_webhook_url", _url, "Give an http or https URL, or remove it"),
            ("acme_directory", _url, "Give an http or https URL, or remove it"),
            ("alert_smtp", _host_and_port, "Give HOST:PORT, or remove it"),
            ("alert_qps", lambda value: _whole(value, 1, 10**9), "Give the requests a second above which to alert, a whole number"),
            ("public_certificate", lambda value: value in ("internal", "certbot"), "Give internal or certbot"),
            ("dns_check", lambda value: isinstance(value, bool), "Give true or false"),
            ("dns_servers", lambda value: _list(value, lambda item: _address(item, 4) or _address(item, 6)), "Give a list of addresses"),
            ("ntp_servers", lambda value: bool(value) and _list(value, re.compile(r"[A-Za-z0-9.:-]+").fullmatch), "Give a list of names or addresses"),
        ):
            if name in given and given[name] not in ("", None) and not right(given[name]):
                self._say("inventory", f"{name} is {given[name]}", way_out)

    def _check_networks(self, networks):
        if not isinstance(networks, list) or not networks:
            self._say("inventory", "admin_networks is " + ("missing" if not networks else "not a list"),
                      "Give the networks that ssh may come from, like [192.0.2.0/28]")
            return
        for network in networks:
            try:
                parsed = ipaddress.ip_network(str(network))
            except ValueError as error:
                self._say("inventory", f"admin_networks holds {network}: {str(error).replace(repr(str(network)), 'it')}", "Correct it")
                continue
            if parsed.prefixlen == 0:
                self._say("inventory", f"admin_networks holds {network}, which is everyone", "Give the networks that administrators come from")


def _list(value, right):
    return isinstance(value, list) and all(right(str(item)) for item in value)


def _hosts(number):
    return "1 host has" if number == 1 else f"{number or 'no'} host{'s have' if number else ' has'}"


def _whole(value, least, most):
    text = str(value)
    return not isinstance(value, bool) and text.isdecimal() and least <= int(text) <= most


def _address(value, version):
    try:
        address = ipaddress.ip_address(str(value))
    except ValueError:
        return False
    return address.version == version and not (
        address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local or str(address) == "255.255.255.255"
    )


def _url(value):
    try:
        url = urlsplit(str(value))
        return url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return False


def _host_and_port(value):
    host, _, port = str(value).rpartition(":")
    return bool(host) and _whole(port, 1, 65535)


class FilterModule:
    def filters(self):
        return {"inventory_mistakes": inventory_mistakes}
