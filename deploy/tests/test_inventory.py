"""python3 -m unittest discover -s deploy/tests"""

import pathlib
import re
import sys
import unittest

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(DEPLOY / "filter_plugins"))

from inventory import inventory_mistakes  # noqa: E402

RIGHT = (DEPLOY / "inventory" / "three-hosts.yml").read_text(encoding="utf-8")
NETWORKS = 'admin_networks: [10.77.0.3/32, "fd77::3/128"]'
EDGE = 'edge-1: {ansible_host: 10.77.0.11, address6: "fd77::11", database_weight: 0}'
APP_2 = "app-2: {ansible_host: 10.77.0.13}"


def having(old, new):
    """The right inventory with one change; a change that changes nothing would prove nothing."""
    assert old in RIGHT, old
    return RIGHT.replace(old, new)


# What an operator wrote, and the lines that say so.
MISTAKES = {
    "empty": ("", ["inventory: the file is empty. Begin it with all:."]),
    "not yaml": ("all:\n  hosts: [\n", ["inventory: line 3 is not YAML: expected the node content, but found '<stream end>'. Correct it."]),
    "a list": ("- edge-1\n", ["inventory: the file is not a mapping. Begin it with all:."]),
    "no vars": (RIGHT[:RIGHT.index("  vars:")] + RIGHT[RIGHT.index("  hosts:"):], [
        "inventory: all.vars is empty. Give domain, admin_networks, contacts and ansible_user.",
        "edge-1: ansible_user is missing. Name the user that may log in by key and use sudo.",
        "app-1: ansible_user is missing. Name the user that may log in by key and use sudo.",
        "app-2: ansible_user is missing. Name the user that may log in by key and use sudo.",
        "inventory: domain is missing. Give it without www, like foobar.com.",
        "inventory: admin_networks is missing. Give the networks that ssh may come from, like [192.0.2.0/28].",
        "inventory: contacts is missing. Give a list of e-mail addresses.",
        "inventory: nobody would be told of an alert. Give alert_smtp or alert_webhook_url, or alerts: none.",
    ]),
    "host twice": (having(APP_2, f"{APP_2}\n    app-1: {{ansible_host: 10.77.0.14}}"),
                   ["app-1: it stands twice, in lines 12 and 14. Remove one."]),
    "variable twice": (having(APP_2, "app-2: {ansible_host: 10.77.0.13, ansible_host: 10.77.0.14}"),
                       ["app-2: ansible_host stands twice, in lines 13 and 13. Remove one."]),
    "setting twice": (having("domain: foobar.com", "domain: foobar.com\n    domain: example.org"),
                      ["inventory: domain stands twice, in lines 6 and 7. Remove one."]),
    "role twice": (having("    collector:", "    web: {hosts: {edge-1: }}\n    collector:"),
                   ["inventory: web stands twice, in lines 16 and 18. Remove one."]),
    "misspelt setting": (having("admin_networks", "admin_network"), [
        "inventory: admin_network is no name that all.vars can have. Write admin_networks.",
        "inventory: admin_networks is missing. Give the networks that ssh may come from, like [192.0.2.0/28].",
    ]),
    "misspelt host setting": (having("database_weight: 60", "databse_weight: 60"),
                              ["app-1: databse_weight is no name that the host can have. Write database_weight."]),
    "misspelt role": (having("gateway: {hosts", "gatewey: {hosts"), [
        "inventory: gatewey is no role that all.children can have. Write gateway.",
        "inventory: no host has the role gateway. Give it to one.",
    ]),
    "settings in a role": (having("backup: {hosts: {app-2: }}", "backup: {hosts: {app-2: {ansible_port: 2222}}}"),
                           ["app-2: it has settings under backup. Move them to all.hosts, where each host has one place."]),
    "root": (having("ansible_user: deploy", "ansible_user: root"), [
        f"{host}: ansible_user is root, whose logins are turned off. Name another user that may use sudo." for host in ("edge-1", "app-1", "app-2")
    ]),
    "password": (having("ansible_user: deploy", "ansible_user: deploy\n    ansible_password: secret"), [
        "inventory: ansible_password is given, but logins by password are turned off. Remove it and put a public key into authorized_keys.",
    ]),
    "port": (having(APP_2, "app-2: {ansible_host: 10.77.0.13, ansible_port: 70000}"),
             ["app-2: ansible_port is 70000. Give a number from 1 to 65535."]),
    "no address": (having(APP_2, "app-2: "), ["app-2: ansible_host is missing. Give the address at which ssh reaches it."]),
    "no IPv4 address": (having("10.77.0.13", "app-2.example.org"), [
        "app-2: ansible_host is app-2.example.org, which is no IPv4 address of a host. "
        "Give the one at which the other hosts reach it as address, when ssh needs a name.",
    ]),
    "loopback": (having("10.77.0.13", "10.77.0.13, address: 127.0.0.1"),
                 ["app-2: address is 127.0.0.1, which is no IPv4 address of a host. Give the one at which the other hosts reach it."]),
    "link-local": (having("fd77::11", "fe80::1"), ["edge-1: address6 is fe80::1, which is no public IPv6 address of a host. Correct or remove it."]),
    "same address": (having("10.77.0.13", "10.77.0.12"), ["app-2: 10.77.0.12 is the address of app-1 too. Give each host its own."]),
    "host name": (having(APP_2, "App_2: {ansible_host: 10.77.0.13}").replace("app-2: ", "App_2: "),
                  ["App_2: this is no name for a host. Use small letters, digits and hyphens, 63 at most, and not localhost."]),
    "unknown host": (having("web: {hosts: {app-1: , app-2: }}", "web: {hosts: {app-1: , app-2: , app-3: }}"),
                     ["app-3: it has the role web but is not under all.hosts. Add it there, or remove it from the role."]),
    "no role": (having(APP_2, f"{APP_2}\n    app-3: {{ansible_host: 10.77.0.14}}"),
                ["app-3: it has no role. Put it under one of gateway, web, database, collector, backup, or remove it."]),
    "public address": (having(APP_2, "app-2: {ansible_host: 10.77.0.13, public_address: here}"),
                       ["app-2: public_address is here, which is no IPv4 address of a host. Correct or remove it."]),
    "one instance": (having("web: {hosts: {app-1: , app-2: }}", "web: {hosts: {app-1: }}"),
                     ["inventory: 1 host has the role web. Give it to two at least, so that one can be lost."]),
    "two databases": (having("database: {hosts: {app-1: , app-2: , edge-1: }}", "database: {hosts: {app-2: , edge-1: }}").replace(", database_weight: 60", ""), [
        "inventory: 2 hosts have the role database. Give it to 3, 5, 7 or 9: a majority must remain when one is lost, and MySQL takes nine at most.",
    ]),
    "no collector": (having("    collector: {hosts: {edge-1: }}\n", ""), ["inventory: no host has the role collector. Give it to exactly one."]),
    "two collectors": (having("collector: {hosts: {edge-1: }}", "collector: {hosts: {edge-1: , app-1: }}"),
                       ["inventory: 2 hosts have the role collector. Give it to exactly one."]),
    "certbot with two gateways": (
        having("gateway: {hosts: {edge-1: }}", "gateway: {hosts: {edge-1: , app-1: }}").replace("domain:", "public_certificate: certbot\n    domain:"), [
            "inventory: public_certificate is certbot with 2 gateways. Give the role gateway to one host: the authority asks only one of them.",
        ]),
    "weight": (having("database_weight: 60", "database_weight: 101"), ["app-1: database_weight is 101. Give a number from 0 to 100."]),
    "weights of nothing": (having("database_weight: 60", "database_weight: 0").replace(APP_2, "app-2: {ansible_host: 10.77.0.13, database_weight: 0}"),
                           ["inventory: every database has the weight 0. Give one that should be the primary more."]),
    "domain": (having("domain: foobar.com", "domain: www.foobar.com"),
               ["inventory: domain is www.foobar.com. Give it in small letters without www, like foobar.com."]),
    "everyone is an administrator": (having(NETWORKS, "admin_networks: [0.0.0.0/0]"), [
        "inventory: admin_networks holds 0.0.0.0/0, which is everyone. Give the networks that administrators come from.",
    ]),
    "a network with host bits": (having(NETWORKS, "admin_networks: [10.77.0.3/24]"),
                                 ["inventory: admin_networks holds 10.77.0.3/24: 10.77.0.3/24 has host bits set. Correct it."]),
    "no network": (having(NETWORKS, "admin_networks: [office]"), [
        "inventory: admin_networks holds office: it does not appear to be an IPv4 or IPv6 network. Correct it.",
    ]),
    "no networks": (having(NETWORKS, "admin_networks: []"), [
        "inventory: admin_networks is missing. Give the networks that ssh may come from, like [192.0.2.0/28].",
    ]),
    "contact": (having("operations@foobar.com", "operations"), ["inventory: contacts holds operations, which is no e-mail address. Correct it."]),
    "webhook": (having("domain:", "alert_webhook_url: example.org\n    domain:"),
                ["inventory: alert_webhook_url is example.org. Give an http or https URL, or remove it."]),
    "mail server": (having("alert_smtp: mail.foobar.com:587", "alert_smtp: mail.example.org"),
                    ["inventory: alert_smtp is mail.example.org. Give HOST:PORT, or remove it."]),
    "nobody told": (having("    alert_smtp: mail.foobar.com:587\n", ""),
                    ["inventory: nobody would be told of an alert. Give alert_smtp or alert_webhook_url, or alerts: none."]),
    "alerts": (having("domain:", "alerts: all\n    domain:"), ["inventory: alerts is all. Give none when nobody is to be told, or remove it."]),
    "certificate": (having("domain:", "public_certificate: letsencrypt\n    domain:"),
                    ["inventory: public_certificate is letsencrypt. Give internal or certbot."]),
    "requests a second": (having("domain:", "alert_qps: 0\n    domain:"),
                          ["inventory: alert_qps is 0. Give the requests a second above which to alert, a whole number."]),
    "name servers": (having("domain:", "dns_servers: [dns.example.org]\n    domain:"),
                     ["inventory: dns_servers is ['dns.example.org']. Give a list of addresses."]),
}


class Inventory(unittest.TestCase):
    def test_Example_Checked_HasNoMistake(self):
        examples = sorted((DEPLOY / "inventory").glob("*-hosts.yml"))
        self.assertEqual(["eight-hosts.yml", "five-hosts.yml", "three-hosts.yml"], [example.name for example in examples])
        for example in examples:
            with self.subTest(example.name):
                self.assertEqual([], inventory_mistakes(example.read_text(encoding="utf-8")))

    def test_Hosts_OfTheSizeThatTheDocsAskFor_AreLargeEnoughInEachExample(self):
        docs = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
        memory, disk = (int(number) * 1000 for number in re.search(r"(\d+) GB of memory and (\d+) GB of disk each", docs).groups())
        needs = yaml.safe_load((DEPLOY / "group_vars" / "all" / "needs.yml").read_text(encoding="utf-8"))["needs"]
        for example in (DEPLOY / "inventory").glob("*-hosts.yml"):
            inventory = yaml.safe_load(example.read_text(encoding="utf-8"))["all"]
            for host in inventory["hosts"]:
                roles = ["base", *(role for role, group in inventory["children"].items() if host in group["hosts"])]
                with self.subTest(f"{host} of {example.name}"):
                    # Debian itself takes less than 2 GB, and a little of the memory.
                    self.assertLessEqual(sum(needs[role]["disk_mb"] for role in roles) + 2000, disk)
                    self.assertLessEqual(sum(needs[role]["memory_mb"] for role in roles) + 200, memory)

    def test_Mistake_Checked_IsSaidInALineWithTheWayOut(self):
        for name, (text, lines) in MISTAKES.items():
            with self.subTest(name):
                self.assertEqual(lines, inventory_mistakes(text))

    def test_Alerts_WantedByNobody_MayBeSaid(self):
        self.assertEqual([], inventory_mistakes(having("alert_smtp: mail.foobar.com:587", "alerts: none")))

    def test_ValueForAnsibleAlone_Checked_CountsAsText(self):
        text = having("ansible_user: deploy", "ansible_user: deploy\n    ansible_become_password: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      00")
        self.assertEqual([], inventory_mistakes(text))


if __name__ == "__main__":
    unittest.main()
