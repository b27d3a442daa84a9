"""Sends the archive of a version to a host that does not have the version, and to no other; the module of this name does the rest."""

import os

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    TRANSFERS_FILES = True
    _VALID_ARGS = frozenset(("path", "version", "archive", "sha256"))

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        wanted = {name: self._task.args[name] for name in ("path", "version", "sha256")}
        archive = self._task.args["archive"]
        seen = self._execute_module("release", module_args=wanted, task_vars=task_vars)
        if seen.get("failed") or seen.get("present") or self._task.check_mode:
            return seen
        folder = self._make_tmp_path()
        try:
            sent = self._transfer_file(archive, self._connection._shell.join_path(folder, os.path.basename(archive)))  # noqa: SLF001
            return self._execute_module("release", module_args={**wanted, "archive": sent}, task_vars=task_vars)
        finally:
            self._remove_tmp_path(folder)
