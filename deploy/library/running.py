#!/usr/bin/python3
"""Says whether a unit runs with what is in place now: whatever was written after its start needs another one, whoever wrote it and when."""

import datetime
import os

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: running
short_description: whether a unit runs, and whether with the files as they are
description: Looks only. A deployment that was interrupted between a file and a restart is seen by the next one, and so is a renewed certificate.
options:
  unit: {description: The unit.}
  paths: {description: Files and links that it reads at its start.}
  written: {description: What this run wrote. In check mode it only would have, so that the times of the files do not tell; those of paths count as newer.}
"""
RETURN = r"""
active: {description: Whether it runs and said that it is ready; one that is still starting serves nobody., type: bool}
fresh: {description: Whether it runs or starts and all of the files are older than its start., type: bool}
newer: {description: Those that are not., type: list}
"""


def look(module):
    unit = module.params["unit"]
    command = ["systemctl", "show", "--timestamp=us+utc", "--property=ActiveState,SubState,ExecMainStartTimestamp", unit]
    status, output, error = module.run_command(command, environ_update={"LC_ALL": "C"})
    if status != 0:
        module.fail_json(msg=f"systemd does not tell the state of {unit}: {error.strip()}")
    shown = dict(line.split("=", 1) for line in output.splitlines() if "=" in line)
    active = shown.get("ActiveState") in ("active", "reloading")
    # Between two tries of a service that fails, systemd calls it activating; it runs no more than one that failed for good.
    begun = active or (shown.get("ActiveState") == "activating" and shown.get("SubState") != "auto-restart")
    newer = []
    if begun and shown.get("ExecMainStartTimestamp"):
        # Thu 2026-11-26 01:37:00.123456 UTC
        started = datetime.datetime.strptime(shown["ExecMainStartTimestamp"].split(" ", 1)[1], "%Y-%m-%d %H:%M:%S.%f UTC")
        started = started.replace(tzinfo=datetime.timezone.utc).timestamp()
        newer = [path for path in module.params["paths"] if os.path.lexists(path) and os.lstat(path).st_mtime >= started]
        if module.check_mode:
            newer += [path for path in module.params["paths"] if path in module.params["written"] and path not in newer]
    module.exit_json(changed=False, active=active, newer=newer, fresh=begun and not newer)


def main():
    paths = {"type": "list", "elements": "path", "default": []}
    look(AnsibleModule(argument_spec={"unit": {"required": True}, "paths": paths, "written": paths}, supports_check_mode=True))


if __name__ == "__main__":
    main()
