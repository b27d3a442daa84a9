"""Confirms a host's new rules over a connection that is made for it; that none can be made is the very thing the confirmation is for."""

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """firewall_confirm: no arguments. Fails in a line when no new connection gets through."""

    _VALID_ARGS = frozenset()

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        host = task_vars["inventory_hostname"]
        if self._task.check_mode:
            return {"changed": False, "skipped": True}
        try:
            self._connection.reset()
            answer = self._execute_module("ansible.legacy.command", {"_raw_params": "/usr/local/sbin/foobar-firewall confirm"}, task_vars=task_vars)
        except AnsibleConnectionFailure:
            return {
                "failed": True,
                "msg": f"{host}: the new rules let no new ssh connection in, so they are taken back within a minute of being applied. "
                       "Compare admin_networks with the address that you come from.",
            }
        if answer.get("rc", 1) != 0:
            return {"failed": True, "msg": f"{host}: {answer.get('stderr') or answer.get('msg') or 'the rules were not confirmed'}."}
        return {"changed": True}
