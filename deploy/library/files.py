#!/usr/bin/python3
"""Puts all files of a role in place in one round trip; a task for each would cost a second each on a small machine."""

import grp
import hashlib
import json
import os
import pwd
import shlex
import stat
import tempfile

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: files
short_description: files, folders and links, all at once
description: Files are replaced by renaming, so a reader sees the old or the new one. Parents that are missing are made, for root, 0755.
options:
  files:
    description: Each has path and content, and may have mode (0644), owner (root), group (root), secret (its difference is never shown),
      block (content is a marked part of a file that others write too), validate (a command; %s is the new file) and then (a command, or a
      list, for the shell, run when the file changed; the same one only once, in the order of the files, when all are in place. When one
      fails, the files that it or a later one was for are put back. They are written down before the first file is replaced: a run that was
      interrupted is finished by the next one).
  folders:
    description: Each has path, and may have mode (0755), owner (root) and group (root).
  links:
    description: Each has path and target.
  absent:
    description: Paths of files and links that must not be.
"""
RETURN = r"""
paths: {description: What changed., type: list}
"""


class QuietModule(AnsibleModule):
    """
    Ansible writes what a module is called with into the host's journal, which is shipped, and with -vvv onto the operator's screen; here
    that would be passwords.
    """

    def _log_invocation(self):
        pass

    def _return_formatted(self, kwargs):
        super()._return_formatted({"invocation": {}, **kwargs})


class Placement:
    def __init__(self, module, pending):
        self.module = module
        self.paths = []
        self.diffs = []
        self.undo = {}
        self.pending = pending
        self.leftover = self.commands = pending.read()
        if self.leftover:
            self.note(pending.path, "".join(f"{command}\n" for command in self.leftover), "")

    def note(self, path, before, after):
        if path not in self.paths:
            self.paths.append(path)
        self.diffs.append({"before_header": path, "after_header": path, "before": before, "after": after})

    def own(self, path, wanted, default_mode):
        """Mode and owner of what is there already."""
        mode = int(str(wanted.get("mode", default_mode)), 8)
        try:
            uid, gid = self.ids(wanted)
        except KeyError as missing:
            if self.module.check_mode:  # made by a task that this mode only plays
                return
            self.module.fail_json(msg=f"{path}: {missing}")
        try:
            now = os.stat(path)
        except FileNotFoundError:
            return
        if stat.S_IMODE(now.st_mode) == mode and (now.st_uid, now.st_gid) == (uid, gid):
            return
        self.note(path, f"{stat.S_IMODE(now.st_mode):04o} {now.st_uid}:{now.st_gid}\n", f"{mode:04o} {uid}:{gid}\n")
        if not self.module.check_mode:
            os.chown(path, uid, gid)
            os.chmod(path, mode)

    @staticmethod
    def ids(wanted):
        return pwd.getpwnam(wanted.get("owner", "root")).pw_uid, grp.getgrnam(wanted.get("group", "root")).gr_gid

    def folder(self, wanted):
        path = wanted["path"]
        if not os.path.isdir(path):
            self.note(path, "", "a folder\n")
            if not self.module.check_mode:
                os.makedirs(path, 0o755)
        self.own(path, wanted, "0755")

    def link(self, wanted):
        path, target = wanted["path"], wanted["target"]
        before = os.readlink(path) if os.path.islink(path) else ""
        if before == target:
            return
        self.note(path, before and f"-> {before}\n", f"-> {target}\n")
        if not self.module.check_mode:
            os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
            temporary = f"{path}.foobar-new"
            if os.path.lexists(temporary):
                os.unlink(temporary)
            os.symlink(target, temporary)
            os.replace(temporary, path)

    def remove(self, path):
        if os.path.lexists(path):
            self.note(path, "present\n", "")
            if not self.module.check_mode:
                os.unlink(path)

    def file(self, wanted):
        path, content = wanted["path"], wanted["content"]
        try:
            with open(path, encoding="utf-8", newline="") as stream:
                before = stream.read()
        except FileNotFoundError:
            before = None
        if wanted.get("block"):
            content = with_block(before or "", content)
        then = wanted.get("then", [])
        then = [then] if isinstance(then, str) else then
        if before != content:
            if wanted.get("secret"):
                self.note(path, "(another secret)\n" if before is not None else "", "(a secret)\n")
            else:
                self.note(path, before or "", content)
            if not self.module.check_mode:
                self.due(then)
                self.write(path, content, wanted)
        self.own(path, wanted, "0644")
        if path in self.paths:
            self.undo[path] = (before, wanted, then)
            if not self.module.check_mode:
                self.due(then)

    def due(self, commands):
        new = [command for command in commands if command not in self.commands]
        if new:
            self.commands = self.commands + new
            self.pending.write(self.commands)

    def follow(self):
        if self.module.check_mode:
            return
        for number, command in enumerate(self.commands):
            status, output, error = self.module.run_command(command, use_unsafe_shell=True)
            if status != 0:
                left = self.commands[number:]
                restored = self.restore(set(left))
                self.pending.write([command for command in left if command in self.leftover])
                again = f"As it was, so that the next run tries again: {', '.join(restored)}" if restored else "The next run tries again"
                self.module.fail_json(msg=f"{command} failed: {(error or output).strip()}. {again}")
        if self.commands:
            self.pending.write([])

    def restore(self, commands):
        """Puts back what the commands were for; left in place, it would look done to the next run."""
        restored = [path for path, (_, _, then) in self.undo.items() if commands.intersection(then)]
        for path in restored:
            before, wanted, _ = self.undo[path]
            if before is None:
                os.unlink(path)
            else:
                self.write(path, before, {**wanted, "validate": None})
        return restored

    def write(self, path, content, wanted):
        folder = os.path.dirname(path)
        os.makedirs(folder, 0o755, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.chown(temporary, *self.ids(wanted))
            os.chmod(temporary, int(str(wanted.get("mode", "0644")), 8))
            if wanted.get("validate"):
                status, output, error = self.module.run_command([part.replace("%s", temporary) for part in shlex.split(wanted["validate"])])
                if status != 0:
                    self.module.fail_json(msg=f"{path} would be wrong, and was left as it was: {(error or output).strip()}")
            os.replace(temporary, path)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise


class Pending:
    """Commands that are due, in a file: who finds the files in place already would not know of them."""

    def __init__(self, folder, files):
        # The first file tells one task from another.
        name = hashlib.sha256(files[0]["path"].encode()).hexdigest()[:16] if files else "none"
        self.path = os.path.join(folder, f"pending-{name}")

    def read(self):
        try:
            with open(self.path, encoding="utf-8") as stream:
                return json.load(stream)
        except FileNotFoundError:
            return []

    def write(self, commands):
        if not commands:
            if os.path.exists(self.path):
                os.unlink(self.path)
            return
        folder = os.path.dirname(self.path)
        os.makedirs(folder, 0o755, exist_ok=True)
        with open(f"{self.path}.new", "w", encoding="utf-8") as stream:
            json.dump(commands, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(f"{self.path}.new", self.path)
        # A power cut keeps it no less than the files that come after it.
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def with_block(text, block):
    """Our part between its marks, in the place where it was, else at the end; what others wrote stays."""
    begin, end = "# foobar: begin (written by the deployment)\n", "# foobar: end\n"
    ours = begin + block + ("" if block.endswith("\n") else "\n") + end
    if begin in text and end in text:
        head, _, rest = text.partition(begin)
        return head + ours + rest.partition(end)[2]
    return text + ("" if not text or text.endswith("\n") else "\n") + ours


def main():
    listed = {"type": "list", "elements": "dict", "default": []}
    module = QuietModule(
        argument_spec={"files": listed, "folders": listed, "links": listed, "absent": {"type": "list", "elements": "str", "default": []}},
        supports_check_mode=True,
    )
    placement = Placement(module, Pending("/var/lib/foobar", module.params["files"]))
    for name, act in (("folders", placement.folder), ("files", placement.file), ("links", placement.link), ("absent", placement.remove)):
        for wanted in module.params[name]:
            act(wanted)
    placement.follow()
    module.exit_json(changed=bool(placement.paths), paths=placement.paths, diff=placement.diffs)


if __name__ == "__main__":
    main()
