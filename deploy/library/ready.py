#!/usr/bin/python3
"""Waits until a service answers over verified TLS, and goes on to: from its own host, by its public name or address."""

import http.client
import socket
import ssl
import time

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: ready
short_description: wait until https://NAME/PATH is answered with 200
description: Does nothing in check mode.
options:
  address: {description: Where to connect.}
  port: {description: The port there.}
  name: {description: What the certificate must carry and the request asks for; the address when left out.}
  path: {description: The path.}
  ca_path: {description: The only authorities that count.}
  certificate: {description: What to show of oneself; a file with the certificate.}
  key: {description: Its key.}
  public: {description: The host's own authorities count too.}
  steady_seconds: {description: How long it must have been answered so without a failure between.}
  timeout_seconds: {description: How long to wait for all of that.}
"""


class Connection(http.client.HTTPSConnection):
    def __init__(self, address, port, name, context):
        super().__init__(name, port, timeout=5, context=context)
        self.address = address

    def connect(self):
        self.sock = self._context.wrap_socket(socket.create_connection((self.address, self.port), self.timeout), server_hostname=self.host)


def ask(params, context):
    """None when all is well, else why not."""
    connection = Connection(params["address"], params["port"], params["name"] or params["address"], context)
    try:
        connection.request("GET", params["path"], headers={"Connection": "close"})
        status = connection.getresponse().status
        return None if status == 200 else f"the answer is {status}"
    except (OSError, http.client.HTTPException) as failure:
        return str(failure) or type(failure).__name__
    finally:
        connection.close()


def main():
    module = AnsibleModule(
        argument_spec={
            "address": {"required": True},
            "port": {"type": "int", "required": True},
            "name": {"default": ""},
            "path": {"default": "/health/ready"},
            "ca_path": {"type": "path", "default": "/etc/foobar/ca.crt"},
            "certificate": {"type": "path"},
            "key": {"type": "path"},
            "public": {"type": "bool", "default": False},
            "steady_seconds": {"type": "float", "default": 0},
            "timeout_seconds": {"type": "float", "default": 90},
        },
        required_together=[("certificate", "key")],
        supports_check_mode=True,
    )
    params = module.params
    if module.check_mode:
        module.exit_json(changed=False)
    context = ssl.create_default_context(cafile=params["ca_path"])
    if params["certificate"]:
        context.load_cert_chain(params["certificate"], params["key"])
    if params["public"]:
        context.load_default_certs()
    begun = time.monotonic()
    since = None
    while True:
        failure = ask(params, context)
        now = time.monotonic()
        since = None if failure else since or now
        if since and now - since >= params["steady_seconds"]:
            module.exit_json(changed=False, seconds=round(now - begun, 1))
        if now - begun > params["timeout_seconds"]:
            where = f"https://{params['name'] or params['address']}:{params['port']}{params['path']}"
            module.fail_json(msg=f"{where} is not answered {params['timeout_seconds']:.0f} s after the start: {failure or 'it came and went'}. Its journal says why.")
        time.sleep(0.25)


if __name__ == "__main__":
    main()
