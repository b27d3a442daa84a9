#!/usr/bin/python3
"""Waits until every member of the group is online, and gives the group's primary the schema and the accounts that it lacks."""

import os
import re
import time

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: mysql_accounts
short_description: accounts of the database, made on the primary and nowhere else
description: Existing passwords stay as they are. Accounts of ours (foobar_...) that no host uses any more are removed, but for foobar_admin.
options:
  client: {description: The command that opens a session at this host's member; the SQL goes to its standard input.}
  members: {description: The addresses of all members of the group.}
  schema: {description: The database that the grants name.}
  accounts: {description: "Each with name, hosts, password and grants: object -> privileges."}
  only_wait: {description: Wait for the group and change nothing.}
  timeout_seconds: {description: How long to wait for the group.}
"""

GRANT = re.compile(r"^GRANT (.+?) ON (.+?) TO ")
PASSWORD = re.compile(r"^[A-Za-z0-9]{16,64}$")
KEPT = "foobar_admin"


class Server:
    def __init__(self, module):
        self.module = module

    def ask(self, sql):
        """(rows, None), or (None, why not)."""
        status, output, error = self.module.run_command([*self.module.params["client"], "--batch", "--skip-column-names"], data=sql)
        if status != 0:
            return None, (error.strip().splitlines() or [f"exit code {status}"])[-1]
        return [line.split("\t") for line in output.splitlines()], None

    def rows(self, sql):
        found, failure = self.ask(sql)
        if failure:
            self.module.fail_json(msg=f"MySQL refused: {failure}")
        return found


def wait(module, server):
    """Returns the own role once the own member is online with every other one."""
    deadline = time.monotonic() + module.params["timeout_seconds"]
    wanted = set(module.params["members"])
    while True:
        rows, failure = server.ask(
            "SELECT MEMBER_HOST, MEMBER_STATE, MEMBER_ROLE, MEMBER_ID = @@server_uuid FROM performance_schema.replication_group_members"
        )
        online = {row[0] for row in rows or [] if row[1] == "ONLINE"}
        own = [row[2] for row in rows or [] if row[3] == "1" and row[1] == "ONLINE"]
        if own and wanted <= online:
            return own[0]
        if time.monotonic() > deadline:
            missing = ", ".join(sorted(wanted - online))
            reason = failure or f"{missing} is not online in the view of this host"
            module.fail_json(msg=f"The group is not whole after {module.params['timeout_seconds']} s: {reason}. journalctl -u foobar-keeper there says what it waits for.")
        time.sleep(0.5)


def privileges(grants):
    """{(object, privilege)} of what SHOW GRANTS says."""
    found = set()
    for line in grants:
        match = GRANT.match(line)
        if match:
            for privilege in match.group(1).split(","):
                if privilege.strip() != "USAGE":
                    found.add((match.group(2).replace("`", ""), privilege.strip()))
    return found


def statements(server, schema, accounts):
    """What is to be done, as (what a person reads, the SQL)."""
    present = {tuple(row) for row in server.rows(r"SELECT user, host FROM mysql.user WHERE user LIKE 'foobar\_%'")}
    # The client prints a result's rows and nothing between two results: each is led by its account.
    shown = server.rows("".join(f"SELECT '{user}', '{host}'; SHOW GRANTS FOR '{user}'@'{host}';\n" for user, host in sorted(present))) if present else []
    granted, current = {}, None
    for row in shown:
        if len(row) == 2 and tuple(row) in present:
            current = granted.setdefault(tuple(row), [])
        else:
            current.append(row[0])
    steps = []
    if not server.rows(f"SELECT 1 FROM information_schema.schemata WHERE schema_name = '{schema}'"):
        steps.append((f"database {schema}", f"CREATE DATABASE IF NOT EXISTS {schema}"))
    wanted = set()
    for account in accounts:
        for host in account["hosts"]:
            name = (account["name"], host)
            wanted.add(name)
            quoted = f"'{name[0]}'@'{host}'"
            if name not in present:
                # Where a member was born with it meanwhile, the statement that reaches it through the binary log must find nothing wrong.
                steps.append((f"account {quoted}", f"CREATE USER IF NOT EXISTS {quoted} IDENTIFIED WITH caching_sha2_password BY '{account['password']}' REQUIRE SSL"))
            have = privileges(granted.get(name, []))
            want = {(target, privilege) for target, listed in account["grants"].items() for privilege in listed}
            steps += [(f"grant {privilege} on {target} to {quoted}", f"GRANT {privilege} ON {target} TO {quoted}") for target, privilege in sorted(want - have)]
            steps += [(f"revoke {privilege} on {target} from {quoted}", f"REVOKE {privilege} ON {target} FROM {quoted}") for target, privilege in sorted(have - want)]
    steps += [(f"no account '{user}'@'{host}'", f"DROP USER IF EXISTS '{user}'@'{host}'") for user, host in sorted(present - wanted) if user != KEPT]
    return steps


def main():
    module = AnsibleModule(
        argument_spec={
            "client": {"type": "list", "elements": "str", "required": True},
            "members": {"type": "list", "elements": "str", "required": True},
            "schema": {"default": "foobar"},
            "accounts": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"required": True},
                    "hosts": {"type": "list", "elements": "str", "required": True},
                    "password": {"required": True, "no_log": True},
                    "grants": {"type": "dict", "required": True},
                    "born": {"type": "bool"},
                },
            },
            "only_wait": {"type": "bool", "default": False},
            "timeout_seconds": {"type": "int", "default": 180},
        },
        supports_check_mode=True,
    )
    for account in module.params["accounts"]:
        if not PASSWORD.match(account["password"]):
            module.fail_json(msg=f"The password of {account['name']} must be 16 to 64 letters and digits: it is written into SQL.")
    if module.check_mode and not os.path.exists(module.params["client"][0]):
        module.exit_json(changed=True)
    server = Server(module)
    role = wait(module, server)
    if module.params["only_wait"] or role != "PRIMARY":
        module.exit_json(changed=False, role=role)
    steps = statements(server, module.params["schema"], module.params["accounts"])
    if steps and not module.check_mode:
        server.rows(";\n".join(sql for _, sql in steps) + ";\n")
    after = "".join(f"{said}\n" for said, _ in steps)
    module.exit_json(changed=bool(steps), role=role, diff={"before_header": "accounts", "after_header": "accounts", "before": "", "after": after} if steps else [])


if __name__ == "__main__":
    main()
