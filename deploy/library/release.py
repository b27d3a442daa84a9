#!/usr/bin/python3
"""Unpacks a version of a program beside the others and points the link `current` at it. Meant to be called by the action of this name."""

import hashlib
import os
import shutil

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: release
short_description: a version of a program in a folder of its own, and the link that says which one counts
description: A folder appears whole or not at all. The newest three stay, for those who go back.
options:
  path: {description: The folder of all versions.}
  version: {description: The name of this one.}
  archive: {description: The tar.gz that holds it. On the controller for the action; on the host for the module, where none means only to look.}
  sha256: {description: What the archive must be.}
"""

KEPT = 3


def folders(path):
    """The versions that are there whole, the newest first; the link and what was interrupted are none."""
    found = [entry for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")]
    return [entry.path for entry in sorted(found, key=lambda entry: entry.stat().st_mtime, reverse=True)]


def unpack(module, archive, target):
    with open(archive, "rb") as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != module.params["sha256"]:
        module.fail_json(msg=f"{archive} is not the archive that was sent: its SHA-256 is {digest.hexdigest()}, not {module.params['sha256']}. Run it again.")
    partial = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    os.mkdir(partial)
    for command in (["tar", "--extract", "--gzip", "--no-same-owner", "--no-same-permissions", "--file", archive, "--directory", partial], ["sync", "--file-system", partial]):
        status, _, error = module.run_command(command, umask=0o022)
        if status != 0:
            shutil.rmtree(partial, ignore_errors=True)
            module.fail_json(msg=f"{target} could not be made: {error.strip()}")
    os.chmod(partial, 0o755)
    os.rename(partial, target)


def place(module):
    path, version, archive = (module.params[name] for name in ("path", "version", "archive"))
    target, link = os.path.join(path, version), os.path.join(path, "current")
    before = os.readlink(link) if os.path.islink(link) else ""
    present = os.path.isdir(target)
    changed = not present or before != version
    if changed and not module.check_mode and (present or archive):
        os.makedirs(path, 0o755, exist_ok=True)
        if not present:
            unpack(module, archive, target)
            present = True
        os.utime(target)
        if os.path.lexists(link + ".new"):
            os.unlink(link + ".new")
        os.symlink(version, link + ".new")
        os.replace(link + ".new", link)
        for old in folders(path)[KEPT:]:
            if old != target and os.path.basename(old) != before:
                shutil.rmtree(old)
    diff = {"before_header": link, "after_header": link, "before": before and f"-> {before}\n", "after": f"-> {version}\n"}
    module.exit_json(changed=changed, present=present, paths=[link] if changed else [], diff=diff if changed else [])


def main():
    place(AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "version": {"required": True},
            "archive": {"type": "path"},
            "sha256": {"required": True},
        },
        supports_check_mode=True,
    ))


if __name__ == "__main__":
    main()
