"""What the modules of the services' roles do, without a host. Runs with the Python that Ansible runs with, see test_inventory.py."""

import grp
import hashlib
import importlib.util
import os
import pathlib
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest

DEPLOY = pathlib.Path(__file__).resolve().parent.parent


def load(path):
    specification = importlib.util.spec_from_file_location(f"services_{path.stem}", path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


release = load(DEPLOY / "library" / "release.py")
running = load(DEPLOY / "library" / "running.py")
certificates = load(DEPLOY / "library" / "certificates.py")
mysql_accounts = load(DEPLOY / "roles" / "mysql" / "library" / "mysql_accounts.py")


class Failed(Exception):
    pass


class Ended(Exception):
    pass


class Module:
    """Runs commands, or answers in their place."""

    def __init__(self, params, check_mode=False, answer=None):
        self.params, self.check_mode, self.answer = params, check_mode, answer

    def run_command(self, command, **_):
        if self.answer is not None:
            return 0, self.answer, ""
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def exit_json(self, **result):
        self.result = result
        raise Ended

    def fail_json(self, msg):
        raise Failed(msg)


class Releases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "web"

    def archive(self, version):
        (self.folder / "program").write_text(version)
        archive = self.folder / f"{version}.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(self.folder / "program", "program")
        return archive, hashlib.sha256(archive.read_bytes()).hexdigest()

    def place(self, version, archive=None, sha256="0" * 64, check_mode=False):
        module = Module({"path": str(self.path), "version": version, "archive": archive and str(archive), "sha256": sha256}, check_mode)
        with self.assertRaises(Ended):
            release.place(module)
        return module.result["changed"], module.result["present"]

    def versions(self):
        return sorted(entry.name for entry in self.path.iterdir())

    def test_Version_ThatIsMissing_IsToldAndThenUnpackedAndLinked(self):
        self.assertEqual((True, False), self.place("v1"))
        self.assertFalse(self.path.exists())
        self.assertEqual((True, True), self.place("v1", *self.archive("v1")))
        self.assertEqual(("v1", "v1"), (os.readlink(self.path / "current"), (self.path / "current" / "program").read_text()))
        self.assertEqual((False, True), self.place("v1"))

    def test_Version_InCheckMode_IsLeftAlone(self):
        self.place("v1", *self.archive("v1"))
        self.assertEqual((True, False), self.place("v2", *self.archive("v2"), check_mode=True))
        self.assertEqual(["current", "v1"], self.versions())
        self.assertEqual("v1", os.readlink(self.path / "current"))

    def test_Version_ThatIsThere_IsLinkedAgainWithoutAnArchive(self):
        for version in ("v1", "v2"):
            self.place(version, *self.archive(version))
        self.assertEqual((True, True), self.place("v1"))
        self.assertEqual("v1", os.readlink(self.path / "current"))

    def test_Versions_ThatAreOld_GoButForTheNewestThreeAndTheOneBefore(self):
        for age, version in enumerate(("v1", "v2", "v3", "v4")):
            self.place(version, *self.archive(version))
            os.utime(self.path / version, (1000 + age, 1000 + age))
        self.assertEqual(["current", "v2", "v3", "v4"], self.versions())
        self.place("v2")
        os.utime(self.path / "v2", (500, 500))
        self.place("v5", *self.archive("v5"))
        self.assertEqual(["current", "v2", "v3", "v4", "v5"], self.versions())

    def test_Archive_ThatIsNotTheOneSent_LeavesNothing(self):
        archive, _ = self.archive("v1")
        with self.assertRaises(Failed) as failed:
            release.place(Module({"path": str(self.path), "version": "v1", "archive": str(archive), "sha256": "0" * 64}))
        self.assertIn("is not the archive that was sent", str(failed.exception))
        self.assertEqual([], self.versions())

    def test_Archive_ThatCannotBeUnpacked_LeavesNothing(self):
        archive = self.folder / "broken.tar.gz"
        archive.write_bytes(b"no archive")
        sha256 = hashlib.sha256(b"no archive").hexdigest()
        with self.assertRaises(Failed) as failed:
            release.place(Module({"path": str(self.path), "version": "v1", "archive": str(archive), "sha256": sha256}))
        self.assertIn(f"{self.path}/v1 could not be made: ", str(failed.exception))
        self.assertEqual([], self.versions())


class Running(unittest.TestCase):
    STARTED = 1795657020.5  # 2026-11-26 01:37:00.5 UTC

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "file"
        self.file.write_text("")
        self.link = pathlib.Path(folder.name) / "current"
        self.link.symlink_to("file")

    def look(self, state="active", file_time=0.0, link_time=0.0, written=(), check_mode=False, sub_state="running"):
        os.utime(self.file, (file_time, file_time))
        os.utime(self.link, (link_time, link_time), follow_symlinks=False)
        answer = f"ActiveState={state}\nSubState={sub_state}\nExecMainStartTimestamp=Thu 2026-11-26 01:37:00.500000 UTC\n"
        module = Module({"unit": "foobar-web.service", "paths": [str(self.file), str(self.link), "/nowhere"], "written": written}, check_mode, answer)
        with self.assertRaises(Ended):
            running.look(module)
        return module.result["active"], module.result["fresh"], [os.path.basename(path) for path in module.result["newer"]]

    def test_Unit_StartedAfterItsFiles_IsFresh(self):
        self.assertEqual((True, True, []), self.look(file_time=self.STARTED - 0.001, link_time=self.STARTED - 1))

    def test_Unit_StartedBeforeAFileOrALink_IsNot(self):
        self.assertEqual((True, False, ["file"]), self.look(file_time=self.STARTED))
        self.assertEqual((True, False, ["current"]), self.look(link_time=self.STARTED + 60))

    def test_Unit_ThatDoesNotRun_IsNeither(self):
        self.assertEqual((False, False, []), self.look(state="failed", file_time=self.STARTED + 60))

    def test_Unit_ThatStillStarts_IsNotActiveAndFreshWhenItStartsWithItsFiles(self):
        self.assertEqual((False, True, []), self.look(state="activating"))
        self.assertEqual((False, False, ["file"]), self.look(state="activating", file_time=self.STARTED + 60))

    def test_Unit_ThatWaitsForItsNextTry_IsNeither(self):
        self.assertEqual((False, False, []), self.look(state="activating", sub_state="auto-restart"))

    def test_Unit_WhoseFilesWouldBeWritten_IsNotFresh(self):
        written = [str(self.file), "/etc/of-another"]
        self.assertEqual((True, False, ["file"]), self.look(written=written, check_mode=True))
        self.assertEqual((True, False, ["file"]), self.look(file_time=self.STARTED, written=written, check_mode=True))
        self.assertEqual((True, True, []), self.look(written=["/etc/of-another"], check_mode=True))
        self.assertEqual((True, True, []), self.look(written=written), "outside of check mode the times tell")


class Readers(unittest.TestCase):
    GROUP = grp.getgrgid(os.getgid()).gr_name

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        for ending in ("crt", "key"):
            (self.path / f"gateway.{ending}").touch(0o600)

    def shown(self, check_mode=False):
        folder = certificates.Folder(Module({"folder": str(self.path), "readers": {"gateway": self.GROUP, "other": self.GROUP}}, check_mode))
        return [leaf for leaf in ("gateway", "other") if folder.shown(leaf)]

    def modes(self):
        return {oct(stat.S_IMODE(entry.stat().st_mode)) for entry in self.path.iterdir()}

    def test_Leaf_WithAReader_IsReadByItsGroupAlone(self):
        self.assertEqual(["gateway"], self.shown())
        self.assertEqual(({"0o640"}, {os.getgid()}), (self.modes(), {entry.stat().st_gid for entry in self.path.iterdir()}))
        self.assertEqual([], self.shown(), "a second run changes nothing")

    def test_Leaf_InCheckMode_IsLeftAlone(self):
        self.assertEqual(["gateway"], self.shown(check_mode=True))
        self.assertEqual({"0o600"}, self.modes())


class Server:
    def __init__(self, present=(), grants=(), databases=("foobar",)):
        self.present, self.grants, self.databases = present, dict(grants), databases

    def rows(self, sql):
        if "mysql.user" in sql:
            return [list(name) for name in self.present]
        if "schemata" in sql:
            return [["1"]] if "foobar" in self.databases else []
        return [row for name in sorted(self.present) for row in ([list(name)] + [[grant] for grant in self.grants[name]])]


class Accounts(unittest.TestCase):
    APP = {"name": "foobar_app", "hosts": ["10.0.0.1"], "password": "0123456789abcdef", "grants": {"foobar.*": ["SELECT", "INSERT"]}}
    NAME = ("foobar_app", "10.0.0.1")
    USAGE = "GRANT USAGE ON *.* TO `foobar_app`@`10.0.0.1`"

    def steps(self, server):
        return [said for said, _ in mysql_accounts.statements(server, "foobar", [self.APP])]

    def test_Account_ThatIsMissing_IsMadeWithItsGrantsOverTlsOnly(self):
        steps = mysql_accounts.statements(Server(databases=()), "foobar", [self.APP])
        self.assertEqual([
            ("database foobar", "CREATE DATABASE IF NOT EXISTS foobar"),
            ("account 'foobar_app'@'10.0.0.1'",
             "CREATE USER IF NOT EXISTS 'foobar_app'@'10.0.0.1' IDENTIFIED WITH caching_sha2_password BY '0123456789abcdef' REQUIRE SSL"),
            ("grant INSERT on foobar.* to 'foobar_app'@'10.0.0.1'", "GRANT INSERT ON foobar.* TO 'foobar_app'@'10.0.0.1'"),
            ("grant SELECT on foobar.* to 'foobar_app'@'10.0.0.1'", "GRANT SELECT ON foobar.* TO 'foobar_app'@'10.0.0.1'"),
        ], steps)
        self.assertFalse([said for said, _ in steps if self.APP["password"] in said], "what a person reads holds no password")

    def test_Account_AsItMustBe_IsLeftAlone(self):
        self.assertEqual([], self.steps(Server([self.NAME], [(self.NAME, [self.USAGE, "GRANT SELECT, INSERT ON `foobar`.* TO `foobar_app`@`10.0.0.1`"])])))

    def test_Account_WithOtherGrants_GetsAndLosesTheDifference(self):
        self.assertEqual(
            ["grant INSERT on foobar.* to 'foobar_app'@'10.0.0.1'",
             "revoke BACKUP_ADMIN on *.* from 'foobar_app'@'10.0.0.1'",
             "revoke PROCESS on *.* from 'foobar_app'@'10.0.0.1'"],
            self.steps(Server([self.NAME], [(self.NAME, [
                "GRANT PROCESS ON *.* TO `foobar_app`@`10.0.0.1`", "GRANT BACKUP_ADMIN ON *.* TO `foobar_app`@`10.0.0.1`",
                "GRANT SELECT ON `foobar`.* TO `foobar_app`@`10.0.0.1`"])])))

    def test_Account_OfAHostThatLeft_Goes_ButNotTheAdministrator(self):
        gone, admin = ("foobar_app", "10.0.0.9"), ("foobar_admin", "localhost")
        granted = [self.USAGE, "GRANT SELECT, INSERT ON `foobar`.* TO `foobar_app`@`10.0.0.1`"]
        server = Server([self.NAME, gone, admin], [(self.NAME, granted), (gone, [self.USAGE]), (admin, ["GRANT ALL PRIVILEGES ON *.* TO `foobar_admin`@`localhost`"])])
        self.assertEqual(["no account 'foobar_app'@'10.0.0.9'"], self.steps(server))


if __name__ == "__main__":
    unittest.main()
