#!/usr/bin/python3
"""The host's side of its certificates. Keys are made here and never leave; what to sign and when is decided by the action of this name."""

import grp
import os
import shlex
import stat
import tempfile

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: certificates
short_description: Reads leaves, makes keys with requests, and installs what was signed
options:
  folder: {description: Where LEAF.crt and LEAF.key are, required: true}
  ca_path: {description: Where the authority's certificate is, required: true}
  read: {description: Leaves whose certificate to return, and whether its key fits; known leaves that are not named are listed as stale, default: []}
  readers: {description: "LEAF: the group that reads its certificate and key itself; those of other leaves are root's alone", default: {}}
  request: {description: Leaves to make a new key and a request for. The key waits as LEAF.key.new, default: []}
  install: {description: "LEAF: the certificate that was signed, with its chain", default: {}}
  ca: {description: The authority's certificate, default: ''}
  remove: {description: Leaves to remove, default: []}
"""


class Folder:
    def __init__(self, module):
        self.module = module
        self.path = module.params["folder"]

    def of(self, leaf, ending):
        return os.path.join(self.path, f"{leaf}.{ending}")

    def openssl(self, arguments, check=True):
        status, output, error = self.module.run_command(["openssl", *shlex.split(arguments)])
        if status != 0 and check:
            self.module.fail_json(msg=f"openssl {arguments} failed: {error.strip()}")
        return output if status == 0 else ""

    def state(self, leaf):
        certificate = read(self.of(leaf, "crt"))
        public = certificate and self.openssl(f"x509 -in {self.of(leaf, 'crt')} -noout -pubkey", check=False)
        own = self.openssl(f"pkey -in {self.of(leaf, 'key')} -pubout", check=False) if os.path.exists(self.of(leaf, "key")) else ""
        return {"certificate": certificate, "fits": bool(public) and public == own}

    def request(self, leaf):
        key = self.of(leaf, "key.new")
        os.makedirs(self.path, 0o700, exist_ok=True)
        if os.path.exists(key):
            os.unlink(key)
        # The umask holds before there is anything to read.
        before = os.umask(0o077)
        self.openssl(f"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {key}")
        os.umask(before)
        return self.openssl(f"req -new -key {key} -subj /CN={leaf}")

    def shown(self, leaf):
        """Lets its reader read it, and nobody else. Whether that had to be changed."""
        changed = False
        for path in filter(os.path.exists, (self.of(leaf, "crt"), self.of(leaf, "key"))):
            gid, mode = self.reader(leaf)
            now = os.stat(path)
            if (now.st_gid, stat.S_IMODE(now.st_mode)) != (gid, mode):
                changed = True
                if not self.module.check_mode:
                    self.show(path, gid, mode)
        return changed

    def reader(self, leaf):
        group = self.module.params["readers"].get(leaf)
        return (grp.getgrnam(group).gr_gid, 0o640) if group else (0, 0o600)

    @staticmethod
    def show(path, gid, mode):
        os.chown(path, -1, gid)
        os.chmod(path, mode)

    def install(self, leaf, certificate):
        write(self.of(leaf, "crt.new"), certificate, 0o600)
        if self.openssl(f"x509 -in {self.of(leaf, 'crt.new')} -noout -pubkey") != self.openssl(f"pkey -in {self.of(leaf, 'key.new')} -pubout"):
            self.module.fail_json(msg=f"What was signed for {leaf} does not fit the key that waits for it. Run again.")
        for new in (self.of(leaf, "key.new"), self.of(leaf, "crt.new")):
            self.show(new, *self.reader(leaf))
        # A crash in between leaves a key that does not fit, which the next run sees and mends.
        os.replace(self.of(leaf, "key.new"), self.of(leaf, "key"))
        os.replace(self.of(leaf, "crt.new"), self.of(leaf, "crt"))


def read(path):
    try:
        with open(path, encoding="ascii") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError):
        return ""


def write(path, text, mode):
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(temporary, mode)
    os.replace(temporary, path)


def main():
    names = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "required": True},
            "ca_path": {"type": "path", "required": True},
            "read": names,
            "readers": {"type": "dict", "default": {}},
            "request": names,
            "install": {"type": "dict", "default": {}},
            "ca": {"type": "str", "default": ""},
            "remove": names,
        },
        supports_check_mode=True,
    )
    given = module.params
    folder = Folder(module)
    wanted = set(given["read"])
    there = {name[:-4] for name in os.listdir(given["folder"]) if name.endswith(".crt")} if given["read"] and os.path.isdir(given["folder"]) else set()
    answer = {
        "leaves": {leaf: folder.state(leaf) for leaf in given["read"]},
        "stale": sorted(there - wanted),
        "ca": read(given["ca_path"]),
        "requests": {leaf: folder.request(leaf) for leaf in given["request"]},
    }
    for leaf, certificate in given["install"].items():
        folder.install(leaf, certificate)
    for leaf in given["remove"]:
        for ending in ("crt", "key"):
            if os.path.exists(folder.of(leaf, ending)):
                os.unlink(folder.of(leaf, ending))
    shown = [leaf for leaf in given["read"] if folder.shown(leaf)]
    if given["ca"]:
        write(given["ca_path"], given["ca"], 0o644)
    module.exit_json(changed=bool(given["request"] or given["install"] or given["remove"] or given["ca"] or shown), shown=shown, **answer)


if __name__ == "__main__":
    main()
