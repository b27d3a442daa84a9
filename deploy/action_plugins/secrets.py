"""The secrets of an installation: read from its ansible-vault file, which the first run makes. They are plain in memory only."""

import datetime
import os
import secrets
import tempfile
import uuid

import yaml
from ansible.parsing.vault import AnsibleVaultError, VaultLib, match_encrypt_secret
from ansible.plugins.action import ActionBase
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORDS = ("mysql_admin", "mysql_replication", "mysql_app", "mysql_schema", "mysql_monitor", "mysql_keeper", "mysql_exporter")
# What a program shows to another, and no person ever types: 32 random bytes.
TOKENS = ("gateway_admin",)
TEN_YEARS = datetime.timedelta(days=3652)


def complete(found, authority):
    """The secrets found, and new ones for those that are not there. A secret that exists is never replaced."""
    whole = dict(found)
    for name in PASSWORDS:
        whole.setdefault(name, secrets.token_hex(24))
    for name in TOKENS:
        whole.setdefault(name, secrets.token_hex(32))
    whole.setdefault("group_name", str(uuid.uuid4()))
    if "ca_key" not in whole or "ca_certificate" not in whole:
        whole["ca_key"], whole["ca_certificate"] = new_authority(authority)
    return whole


def new_authority(name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} internal authority")])
    now = datetime.datetime.utcnow()
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


class Mistake(Exception):
    pass


class ActionModule(ActionBase):
    """secrets: {path, authority (name in the CA's subject), only_check: false}. Returns secrets, or, checking, problem ('' when all is well)."""

    _VALID_ARGS = frozenset(("path", "authority", "only_check"))

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        path = self._task.args["path"]
        if self._task.args.get("only_check", False):
            try:
                self._vault_secrets(path)
                self._read(path)
            except Mistake as mistake:
                return {"changed": False, "problem": str(mistake)}
            return {"changed": False, "problem": ""}
        try:
            vault_secrets = self._vault_secrets(path)
            found = self._read(path)
        except Mistake as mistake:
            return {"failed": True, "msg": str(mistake)}
        whole = complete(found, self._task.args["authority"])
        changed = whole != found
        if changed and not self._task.check_mode:
            self._write(path, whole, vault_secrets)
        return {"changed": changed, "secrets": whole}

    def _vault_secrets(self, path):
        # The loader has no public way to tell whether a password was given at all.
        known = self._loader._vault.secrets  # noqa: SLF001
        if not known:
            raise Mistake(
                "no vault password was given. Write one to a file that only you can read and set ANSIBLE_VAULT_PASSWORD_FILE to it, "
                f"or run with --ask-vault-pass; the secrets in {path} are encrypted with it"
            )
        return known

    def _read(self, path):
        if not os.path.exists(path):
            return {}
        with open(path, "rb") as stream:
            text = stream.read()
        vault = VaultLib(self._loader._vault.secrets)  # noqa: SLF001
        if not text.startswith(b"$ANSIBLE_VAULT"):
            raise Mistake(f"{path} is not encrypted. Run ansible-vault encrypt on it")
        try:
            found = yaml.safe_load(vault.decrypt(text))
        except AnsibleVaultError:
            raise Mistake(f"the vault password does not open {path}. Give the password that it was made with") from None
        except yaml.YAMLError:
            found = None
        if not isinstance(found, dict):
            raise Mistake(f"{path} does not hold names and values. Restore it from your copy")
        return found

    def _write(self, path, whole, vault_secrets):
        identity, secret = match_encrypt_secret(vault_secrets)
        text = VaultLib(vault_secrets).encrypt(
            yaml.safe_dump(whole, sort_keys=True), secret, None if identity == "default" else identity
        )
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        beside = os.path.join(os.path.dirname(path), os.path.basename(path).replace("secrets-", "ca-").rsplit(".", 1)[0] + ".crt")
        with open(beside, "w", encoding="utf-8") as stream:
            stream.write(whole["ca_certificate"])
