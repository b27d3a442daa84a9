"""The decisions that plug-ins make without a host. Runs with the Python that Ansible runs with, see test_inventory.py."""

import datetime
import grp
import importlib.util
import os
import pathlib
import pwd
import socket
import subprocess
import sys
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DEPLOY = pathlib.Path(__file__).resolve().parent.parent


def load(folder, name):
    specification = importlib.util.spec_from_file_location(f"{folder}_{name}", DEPLOY / folder / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


certificates = load("action_plugins", "certificates")
controller_check = load("action_plugins", "controller_check")
host_check = load("action_plugins", "host_check")
secrets = load("action_plugins", "secrets")
files = load("library", "files")

HOST = {
    "release": {"id": "debian", "version": "12", "name": "Debian GNU/Linux 12 (bookworm)"},
    "architecture": "x86_64", "systemd": True, "time": 1000.5, "data_mb": 4000, "programs_mb": None, "memory_mb": 1100, "states": [],
    "listeners": [], "ssh_client": "10.77.0.3", "nameservers": ["10.77.0.2"],
    "addresses": ["10.77.0.12", "fd77::12"], "sources": {"10.77.0.11": "10.77.0.12"}, "firewalls": [],
}
WANTED = {
    "needs": [{"disk_mb": 1000, "growth_mb": 200, "memory_mb": 400, "state": "/etc/foobar"},
              {"disk_mb": 3000, "growth_mb": 500, "memory_mb": 700, "state": "/var/lib/foobar-mysql"}],
    "ports": [443, 3306], "admin_networks": ["10.77.0.3/32", "fd77::3/128"], "dns_servers": [],
    "address": "10.77.0.12", "address6": "FD77::12",
}


def found(**changes):
    return host_check.problems("app-1", {**HOST, **changes}, WANTED, 1000, 1001)


def listener(port, program, ours=False, protocol="tcp"):
    return {"protocol": protocol, "address": "0.0.0.0", "port": port, "program": program, "ours": ours}


class Host(unittest.TestCase):
    def test_Host_AsNeeded_HasNoProblem(self):
        self.assertEqual([], found())
        self.assertEqual([], found(time=997.9 + 0.2), "two seconds off is not more than two")
        self.assertEqual([], found(data_mb=1500, states=["/var/lib/foobar-mysql"]), "data that is there needs room to grow only")
        self.assertEqual([], found(data_mb=700, states=["/etc/foobar", "/var/lib/foobar-mysql"]))
        self.assertEqual([], found(ssh_client="fd77::3"))
        self.assertEqual([], found(listeners=[listener(443, "foobar-gateway", ours=True), listener(8080, "nginx"), listener(443, "chronyd", protocol="udp")]))

    def test_Host_NotAsNeeded_SaysWhatAndTheWayOut(self):
        for changes, problem in (
            ({"release": {"id": "ubuntu", "version": "24.04", "name": "Ubuntu 24.04"}, "memory_mb": 1}, "app-1: it runs Ubuntu 24.04. Install Debian 12"),
            ({"release": {"id": "debian", "version": "13", "name": "Debian 13"}}, "app-1: it runs Debian 13. Install Debian 12"),
            ({"architecture": "aarch64"}, "app-1: its processor is aarch64. Use an x86_64 host"),
            ({"systemd": False}, "app-1: systemd does not run it. Use a host that boots with systemd"),
            ({"data_mb": 3999}, "app-1: /var/lib has 3999 MB free, and its roles need 4000 MB. Free some, or give it a larger disk"),
            ({"data_mb": 1499, "states": ["/var/lib/foobar-mysql"]},
             "app-1: /var/lib has 1499 MB free, and its roles need 1500 MB. Free some, or give it a larger disk"),
            ({"programs_mb": 999}, "app-1: /opt has 999 MB free, and the programs need 1000 MB. Free some, or give it a larger disk"),
            ({"memory_mb": 1099}, "app-1: it has 1099 MB of memory, and its roles need 1100 MB. Give it more, or fewer roles"),
            ({"time": 997.9}, "app-1: its clock is 2 s behind this machine's. Set it: date -u -s @$(date +%s) from here, then let chrony keep it"),
            ({"time": 1061}, "app-1: its clock is 60 s ahead of this machine's. Set it: date -u -s @$(date +%s) from here, then let chrony keep it"),
            ({"listeners": [listener(443, "nginx"), listener(443, "nginx")]},
             "app-1: port 443 is taken by nginx. Stop and disable that, or move it to another port"),
            ({"ssh_client": "10.77.0.4"},
             "app-1: you come from 10.77.0.4, which is not in admin_networks, so the firewall would lock you out. Add your network to admin_networks"),
            ({"nameservers": ["10.77.0.2", "fe80::1%eth0"]}, "app-1: its name server fe80::1%eth0 is link-local, which the firewall's rules cannot name. "
             "Give others as dns_servers in the inventory"),
            ({"firewalls": [{"name": "ufw", "off": "ufw disable"}]},
             "app-1: ufw filters there too, beside the deployment's own rules. Turn it off: ufw disable"),
            ({"addresses": ["10.0.0.5", "fd77::12"]},
             "app-1: 10.77.0.12 is none of its addresses (it has 10.0.0.5, fd77::12). Give the one at which its peers reach it as address"),
            ({"addresses": ["10.77.0.12"]},
             "app-1: FD77::12 is none of its addresses (it has 10.77.0.12). Give the one at which the world reaches it as address6, or none"),
            ({"sources": {"10.77.0.11": ""}}, "app-1: it has no route to 10.77.0.11. Add one, or correct that host's address"),
            ({"sources": {"10.77.0.11": "10.0.0.5"}}, "app-1: it sends to 10.77.0.11 from 10.0.0.5 and not from 10.77.0.12. "
             "Give the one that it sends from as address, or correct its routes"),
            ({"nameservers": []}, "app-1: /etc/resolv.conf names no server. Add one, or give dns_servers in the inventory"),
        ):
            with self.subTest(problem):
                self.assertEqual([problem], found(**changes))


class Logins(unittest.TestCase):
    def test_Login_WithMoreKeysThanTries_IsToldOf(self):
        def log(keys):
            return "debug1: Connecting\n" + "debug1: Offering public key: /root/.ssh/id ED25519 SHA256:x agent\n" * keys + "Authenticated to app-1\n"

        self.assertEqual((None, None), (host_check.login_problem("app-1", log(0)), host_check.login_problem("app-1", log(2))))
        self.assertEqual("app-1: ssh offers it 3 keys before one fits, and only 2 tries will be allowed. "
                         "Give ansible_ssh_private_key_file, and ansible_ssh_common_args: -o IdentitiesOnly=yes", host_check.login_problem("app-1", log(3)))

    def test_Tries_ThatAreAllowed_AreThoseOfTheRole(self):
        settings = (DEPLOY / "roles" / "base" / "templates" / "sshd.conf.j2").read_text(encoding="utf-8")
        self.assertIn(f"MaxAuthTries {host_check.MOST_TRIES}\n", settings)


class Names(unittest.TestCase):
    GATEWAYS = [{"address": "10.0.0.1", "public_address": "192.0.2.1", "address6": "2001:DB8::1"}]

    def problem(self, four, six):
        return controller_check.name_problem("www.example.org", self.GATEWAYS, lambda name, family: four if family == socket.AF_INET else six)

    def test_Name_OfTheGateway_IsRight(self):
        self.assertIsNone(self.problem({"192.0.2.1"}, {"2001:db8::1"}))

    def test_Name_OfAnother_SaysTheRecords(self):
        way_out = ("Have these DNS records and no others for it: www.example.org. A 192.0.2.1, www.example.org. AAAA 2001:db8::1; "
                   "or set dns_check: false when the gateway is reached by other addresses")
        self.assertEqual(f"www.example.org does not resolve. {way_out}", self.problem(set(), set()))
        self.assertEqual(f"www.example.org resolves to 192.0.2.1. {way_out}", self.problem({"192.0.2.1"}, set()))
        self.assertEqual(f"www.example.org resolves to 192.0.2.1 and 192.0.2.9 and 2001:db8::1. {way_out}",
                         self.problem({"192.0.2.9", "192.0.2.1"}, {"2001:db8::1"}))

    def test_Name_ThatCannotBeLookedUp_SaysWhy(self):
        def resolve(name, family):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        self.assertEqual(
            "www.example.org cannot be looked up (Temporary failure in name resolution). Repair this machine's DNS, or set dns_check: false",
            controller_check.name_problem("www.example.org", self.GATEWAYS, resolve))


class Leaves(unittest.TestCase):
    LEAF = {"name": "mysql", "cn": "db-1-mysql", "usages": ["server", "client"], "names": ["db-1"], "addresses": ["192.0.2.1"]}
    NOW = datetime.datetime(2026, 1, 1, 12)

    @classmethod
    def setUpClass(cls):
        cls.key, cls.authority = cls.new_authority()
        request = (x509.CertificateSigningRequestBuilder()
                   .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whatever")]))
                   .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()))
        cls.request = request.public_bytes(serialization.Encoding.PEM).decode()

    @staticmethod
    def new_authority():
        key, certificate = secrets.new_authority("example.org")
        return serialization.load_pem_private_key(key.encode(), None), x509.load_pem_x509_certificate(certificate.encode())

    def why(self, leaf=None, pem=None, fits=True, authority=None, days=0, seconds=0):
        pem = certificates.sign(self.LEAF, self.request, self.authority, self.key, self.NOW) if pem is None else pem
        now = self.NOW + datetime.timedelta(days=days, seconds=seconds)
        return certificates.why_due({**self.LEAF, **(leaf or {})}, pem, fits, authority or self.authority, now)

    def test_Leaf_Signed_SaysWhatWasWantedAndNotWhatWasAsked(self):
        leaf, authority = (x509.load_pem_x509_certificate(f"{part}-----END CERTIFICATE-----\n".encode())
                           for part in certificates.sign(self.LEAF, self.request, self.authority, self.key, self.NOW)
                           .split("-----END CERTIFICATE-----\n")[:2])
        self.assertEqual(self.authority, authority)
        self.assertEqual("CN=db-1-mysql", leaf.subject.rfc4514_string())
        self.assertFalse(leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
        self.assertEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
                         [usage.dotted_string for usage in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value])
        self.assertEqual(datetime.timedelta(days=30, minutes=5), leaf.not_valid_after - leaf.not_valid_before)

    def test_Leaf_InOrder_IsKept(self):
        self.assertEqual("", self.why())
        self.assertEqual("", self.why(days=14))

    def test_Leaf_NotInOrder_IsDueForAReason(self):
        _, another = self.new_authority()
        for reason, arguments in {
            "there is none": {"pem": ""},
            "its key does not fit": {"fits": False},
            "it cannot be read": {"pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
            "its names changed": {"leaf": {"addresses": ["192.0.2.2"]}},
            "its usages changed": {"leaf": {"usages": ["server"]}},
            "its subject changed": {"leaf": {"cn": "db-2-mysql"}},
            "another authority issued it": {"authority": another},
            "less than half of its life is left": {"days": 15},
        }.items():
            with self.subTest(reason):
                self.assertEqual(reason, self.why(**arguments))

    def test_PublicLeaf_OfAnotherAuthority_IsKeptWhileItIsValid(self):
        _, another = self.new_authority()
        self.assertEqual("", self.why(leaf={"public": True}, authority=another, days=29))
        self.assertEqual("it has expired", self.why(leaf={"public": True}, authority=another, days=31))


class Secrets(unittest.TestCase):
    def test_Secrets_Completed_KeepsWhatIsThere(self):
        first = secrets.complete({}, "example.org")
        self.assertEqual({*secrets.PASSWORDS, *secrets.TOKENS, "group_name", "ca_key", "ca_certificate"}, set(first))
        self.assertEqual([64], [len(first[name]) for name in secrets.TOKENS])
        self.assertEqual(first, secrets.complete(first, "example.org"))
        self.assertEqual(len(secrets.PASSWORDS), len({first[name] for name in secrets.PASSWORDS}))
        without = {name: value for name, value in first.items() if name != "mysql_app"}
        again = secrets.complete(without, "example.org")
        self.assertEqual(without, {name: value for name, value in again.items() if name != "mysql_app"})
        self.assertNotEqual(first["mysql_app"], again["mysql_app"])


class FailedModule(Exception):
    pass


class Module:
    """Ansible's module as far as the placement of files uses it; commands that hold 'fail' fail."""

    check_mode = False

    def __init__(self):
        self.ran = []

    def run_command(self, command, use_unsafe_shell=False):
        self.ran.append(command)
        return (1, "", "no such unit\n") if "fail" in command else (0, "", "")

    def fail_json(self, msg, **_):
        raise FailedModule(msg)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "files"
        self.folder.mkdir()
        self.state = pathlib.Path(folder.name) / "state"
        self.me = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}

    def place(self, *wanted, check_mode=False, interrupted=False):
        module = Module()
        module.check_mode = check_mode
        wanted = [{"path": str(self.folder / name), "content": content, "then": then, **self.me} for name, content, then in wanted]
        placement = files.Placement(module, files.Pending(str(self.state), wanted))
        for file in wanted:
            placement.file(file)
        if not interrupted:
            placement.follow()
        return placement, module

    def test_Files_Changed_RunTheirCommandsOnceInOrder(self):
        wanted = (("a", "1", ["reload", "start a"]), ("b", "1", "reload"), ("c", "1", "start c"))
        placement, module = self.place(*wanted)
        self.assertEqual(["reload", "start a", "start c"], module.ran)
        self.assertEqual([str(self.folder / name) for name in "abc"], placement.paths)
        placement, module = self.place(*wanted)
        self.assertEqual(([], []), (module.ran, placement.paths))

    def test_Files_InCheckMode_AreLeftAlone(self):
        placement, module = self.place(("a", "1", "reload"), check_mode=True)
        self.assertEqual([str(self.folder / "a")], placement.paths)
        self.assertEqual(([], []), (module.ran, list(self.folder.iterdir())))

    def test_Command_Failed_PutsBackWhatItAndLaterOnesWereFor(self):
        self.place(("a", "1", "reload"), ("b", "1", "start b"), ("c", "1", "start c"))
        with self.assertRaises(FailedModule) as failed:
            self.place(("a", "2", "reload"), ("b", "2", "fail b"), ("c", "2", "start c"), ("d", "2", "start d"))
        self.assertEqual("fail b failed: no such unit. As it was, so that the next run tries again: "
                         + ", ".join(str(self.folder / name) for name in "bcd"), str(failed.exception))
        self.assertEqual({"a": "2", "b": "1", "c": "1"}, {path.name: path.read_text() for path in self.folder.iterdir()})
        self.assertEqual([], list(self.state.iterdir()), "the files say what is due")

    def test_Run_Interrupted_IsFinishedByTheNextOne(self):
        wanted = (("a", "1", ["reload", "start a"]), ("b", "1", "reload"))
        self.place(*wanted, interrupted=True)
        placement, module = self.place(*wanted, check_mode=True)
        self.assertEqual(("reload\nstart a\n", []), (placement.diffs[0]["before"], module.ran))
        _, module = self.place(*wanted, ("c", "1", ["reload", "start c"]))
        self.assertEqual(["reload", "start a", "start c"], module.ran)
        placement, module = self.place(*wanted)
        self.assertEqual(([], [], []), (module.ran, placement.paths, list(self.state.iterdir())))

    def test_Command_OfAnInterruptedRunFailed_StaysDue(self):
        self.place(("a", "1", ["reload", "fail a"]), interrupted=True)
        for _ in range(2):
            with self.assertRaises(FailedModule) as failed:
                self.place(("a", "1", ["reload", "fail a"]))
            self.assertEqual("fail a failed: no such unit. The next run tries again", str(failed.exception))


class Blocks(unittest.TestCase):
    def test_Block_Written_LeavesTheRestAlone(self):
        ours = "# foobar: begin (written by the deployment)\n10.0.0.1 a\n# foobar: end\n"
        self.assertEqual(ours, files.with_block("", "10.0.0.1 a\n"))
        self.assertEqual(f"127.0.0.1 localhost\n{ours}", files.with_block("127.0.0.1 localhost", "10.0.0.1 a"))
        both = f"127.0.0.1 localhost\n{ours}10.9.9.9 printer\n"
        self.assertEqual(both, files.with_block(both, "10.0.0.1 a\n"))
        self.assertEqual(both.replace("0.1 a", "0.2 b"), files.with_block(both, "10.0.0.2 b\n"))


class Boot(unittest.TestCase):
    """The firewall's script where it must load something, with an nft that refuses what holds 'broken' and keeps what it loaded."""

    def boot(self, confirmed, minimal, command="boot"):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "nft").write_text(
                f'#!/bin/sh\nrules=$(cat "$2") || exit 1\ncase $rules in *broken*) exit 1; esac\necho "$rules" >{folder}/loaded\n'.replace(
                    'cat "$2"', 'if [ "$2" = - ]; then cat; else cat "$2"; fi'))
            (folder / "nft").chmod(0o755)
            for file, text in (("confirmed.nft", confirmed), ("minimal.nft", minimal)):
                if text is not None:
                    (folder / file).write_text(text)
            script = (DEPLOY / "roles" / "firewall" / "files" / "foobar-firewall").read_text(encoding="utf-8")
            script = script.replace("/etc/foobar/firewall", name).replace("/run/foobar-firewall", f"{name}/run").replace("/etc/ssh/sshd_config", f"{name}/sshd")
            (folder / "sshd").write_text("#Port 23\nPort 2222\n")
            (folder / "run").mkdir()
            for file in ("pending.nft", "way-back", "login"):
                (folder / "run" / file).write_text("")
            done = subprocess.run(["/bin/sh", "-c", script, "foobar-firewall", command], capture_output=True, text=True, check=False,
                                  env={**os.environ, "PATH": f"{name}:{os.environ['PATH']}"})
            return done.returncode, (folder / "loaded").read_text()

    def test_Rules_AtBoot_AreTheBestThatCanBeLoaded(self):
        self.assertEqual((0, "confirmed\n"), self.boot("confirmed", "minimal"))
        self.assertEqual((1, "minimal\n"), self.boot("broken", "minimal"))
        for confirmed, minimal in (("broken", "broken"), (None, None)):
            status, loaded = self.boot(confirmed, minimal)
            self.assertEqual(1, status)
            self.assertEqual(3, loaded.count("policy drop;"))
            self.assertIn("tcp dport { 2222 } accept", loaded)

    def test_Rules_ThatAreTakenBack_AreTheBestThatCanBeLoaded(self):
        self.assertEqual((0, "confirmed\n"), self.boot("confirmed", "minimal", "revert"))
        self.assertEqual((0, "minimal\n"), self.boot("broken", "minimal", "revert"))
        self.assertIn("tcp dport { 2222 } accept", self.boot("broken", "broken", "revert")[1])
        self.assertIn("delete table inet foobar", self.boot(None, None, "revert")[1], "never confirmed: none, as before the first deployment")


if __name__ == "__main__":
    unittest.main()
