"""What the list of flows means for three hosts."""

import pathlib
import sys
import unittest

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(DEPLOY / "filter_plugins"))

from fleet import public_address  # noqa: E402
from flows import alert_flows, inbound, outbound, port_matrix  # noqa: E402


def variables(name):
    return yaml.safe_load((DEPLOY / "group_vars" / "all" / f"{name}.yml").read_text(encoding="utf-8"))


FLOWS = variables("flows")["fixed_flows"]
PORTS = variables("ports")["ports"]
USERS = variables("users")["users"]
ADMINS = ["192.0.2.0/28", "2001:db8:a::/64"]


def host(name, last, roles, address6="", ssh_port=22):
    return {"name": name, "roles": roles, "address": f"10.0.0.{last}", "address6": address6, "ssh_port": ssh_port, "weight": 50}


HOSTS = {
    "edge-1": host("edge-1", 11, ["gateway", "database", "collector"], "2001:db8::11"),
    "app-1": host("app-1", 12, ["web", "database"]),
    "app-2": host("app-2", 13, ["web", "database", "backup"], ssh_port=2222),
}
NOTHING = {"tcp": [], "udp": []}


def tcp(*ports):
    return {"tcp": list(ports), "udp": []}


class Addresses(unittest.TestCase):
    def test_PublicAddress_NotGiven_IsWhereSshReachesTheHost(self):
        self.assertEqual("192.0.2.1", public_address({"ansible_host": "192.0.2.1", "address": "10.0.0.1"}))
        self.assertEqual("10.0.0.1", public_address({"ansible_host": "edge-1.example.org", "address": "10.0.0.1"}))
        self.assertEqual("192.0.2.9", public_address({"ansible_host": "192.0.2.1", "address": "10.0.0.1", "public_address": "192.0.2.9"}))


class Flows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.matrix = port_matrix(FLOWS, HOSTS, PORTS, ADMINS, ["10.0.0.2"], USERS)

    def test_Matrix_OfThreeHosts_IsThis(self):
        database = (3306, 33061)
        watched = (9100, 9104, 9610, 9620)
        self.assertEqual({
            "admin": {"edge-1": tcp(22, 80, 443), "app-1": tcp(22), "app-2": tcp(2222)},
            "anyone": {"edge-1": tcp(80, 443), "app-1": NOTHING, "app-2": NOTHING},
            "edge-1": {"app-1": tcp(*sorted((*database, 8443, *watched))), "app-2": tcp(*sorted((*database, 8443, *watched)))},
            "app-1": {"edge-1": tcp(80, 443, 3306, 19532, 33061), "app-2": tcp(*database)},
            "app-2": {"edge-1": tcp(80, 443, 3306, 19532, 33061), "app-1": tcp(*database)},
        }, self.matrix["admits"]["ip"])

    def test_Matrix_OverIPv6_HasTheSiteAndSshAlone(self):
        self.assertEqual({
            "admin": {"edge-1": tcp(22, 80, 443), "app-1": tcp(22), "app-2": tcp(2222)},
            "anyone": {"edge-1": tcp(80, 443), "app-1": NOTHING, "app-2": NOTHING},
            "edge-1": {"app-1": NOTHING, "app-2": NOTHING},
            "app-1": {"edge-1": tcp(80, 443), "app-2": NOTHING},
            "app-2": {"edge-1": tcp(80, 443), "app-1": NOTHING},
        }, self.matrix["admits"]["ip6"])

    def test_User_OfAService_ReachesItsPeersAlone(self):
        self.assertEqual({
            "foobar-web": {"edge-1": tcp(3306), "app-2": tcp(3306)},
            "foobar-mysql": {"edge-1": tcp(3306, 33061), "app-2": tcp(3306, 33061)},
            "foobar-keeper": {"edge-1": tcp(3306), "app-2": tcp(3306)},
            "foobar-logs": {"edge-1": tcp(19532)},
            "_apt": {"edge-1": tcp(80, 443)},
        }, self.matrix["reaches"]["ip"]["app-1"])

    def test_WhatAServiceMay_IsLetInWhereItGoes(self):
        # A flow that only one side agrees to is a rule that nobody needs; packages, names and time go elsewhere.
        for sender, users in self.matrix["sends"]["ip"].items():
            for user, receivers in users.items():
                if user.startswith("foobar-"):
                    self.assertEqual(receivers, self.matrix["reaches"]["ip"][sender][user])

    def test_Rules_OfAHost_HoldNumbersAndPeersAlone(self):
        rules = inbound(FLOWS, HOSTS, "app-2", PORTS, ADMINS)
        self.assertEqual({"name": "ssh", "protocol": "tcp", "ports": [2222], "guarded": False, "ssh": True,
                          "sources": {"ip": ["192.0.2.0/28"], "ip6": ["2001:db8:a::/64"]}}, rules[0])
        self.assertIn({"name": "requests", "protocol": "tcp", "ports": [8443], "guarded": False, "ssh": False, "sources": {"ip": ["10.0.0.11"]}}, rules)
        sent = outbound(FLOWS, HOSTS, "app-2", PORTS, ["10.0.0.2", "2001:db8::2"], USERS)
        self.assertIn({"name": "queries", "user": "foobar-web", "uid": 802, "protocol": "tcp", "ports": [3306],
                       "destinations": {"ip": ["10.0.0.11", "10.0.0.12"]}}, sent)
        self.assertIn({"name": "names", "user": "_chrony", "uid": "_chrony", "protocol": "udp", "ports": [53],
                       "destinations": {"ip": ["10.0.0.2"], "ip6": ["2001:db8::2"]}}, sent)
        self.assertNotIn("foobar-prometheus", [rule["user"] for rule in sent])

    def test_Alerts_GoWhereTheirUrlsSay(self):
        self.assertEqual([], alert_flows("", ""))
        self.assertEqual([("any", [443]), ("any", [8080]), (["10.0.0.9"], [80]), (["::1"], [25])], [(flow["elsewhere"], flow["ports"]) for flow in (
            *alert_flows("https://example.org/hook", ""), *alert_flows("https://example.org:8080/", ""), *alert_flows("http://10.0.0.9/", "[::1]:25"))])
        hook = outbound(alert_flows("http://10.9.9.9:8080/", ""), HOSTS, "edge-1", PORTS, [], USERS)
        self.assertEqual([{"name": "alerts by webhook", "user": "foobar-alertmanager", "uid": 806, "protocol": "tcp", "ports": [8080],
                           "destinations": {"ip": ["10.9.9.9"]}}], hook)


if __name__ == "__main__":
    unittest.main()
