#!/usr/bin/python3
"""Installs Debian packages. Unlike Ansible's own module it needs no python3-apt on the host, and is done in a tenth of a second when all
are there."""

import os

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: packages
short_description: Debian packages that must be there, without what they only recommend
options:
  names: {description: The packages, required: true}
  masked: {description: Units that must never run, masked before a package could start them, default: []}
"""
UNITS = "/etc/systemd/system"
APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2"]
INSTALL = [*APT, "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", "-y", "--no-install-recommends", "install"]


def missing(module, names):
    _, output, _ = module.run_command(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names])
    there = {line.split()[0] for line in output.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in there]


def mask(module, units):
    wrong = [unit for unit in units if os.path.realpath(f"{UNITS}/{unit}") != "/dev/null"]
    if wrong and not module.check_mode:
        for unit in wrong:
            path = f"{UNITS}/{unit}"
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink("/dev/null", path)
        module.run_command(["systemctl", "daemon-reload"])
        # Stops what an earlier installation left running; units that do not exist are no concern.
        module.run_command(["systemctl", "stop", *wrong])
    return wrong


def install(module, names):
    environment = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    for command in ([*APT, "update"], [*INSTALL, *names]):
        status, output, error = module.run_command(command, environ_update=environment)
        if status != 0:
            reason = next((line for line in (error + output).splitlines() if line.startswith("E:")), error.strip() or "it said nothing")
            module.fail_json(msg=f"{command[0]} {command[-1]} failed: {reason}. Check the host's package sources.")


def main():
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "masked": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    masked = mask(module, module.params["masked"])
    absent = missing(module, module.params["names"])
    if absent and not module.check_mode:
        install(module, absent)
    after = "".join(f"{name}\n" for name in absent + [f"masked {unit}" for unit in masked])
    module.exit_json(changed=bool(absent or masked), diff={"before": "", "after": after} if after else {}, installed=absent)


if __name__ == "__main__":
    main()
