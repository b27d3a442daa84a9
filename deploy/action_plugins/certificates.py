"""The controller's side of the hosts' certificates: decides which leaves are due, and signs with the authority's key, which stays here."""

import datetime
import hashlib
import ipaddress

from ansible.plugins.action import ActionBase
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = datetime.timedelta(days=30)
USAGES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
# A host whose clock is a little behind accepts what was signed just now.
EARLIER = datetime.timedelta(minutes=5)


def alternative_names(leaf):
    return [*map(x509.DNSName, leaf["names"]), *(x509.IPAddress(ipaddress.ip_address(address)) for address in leaf["addresses"])]


def why_due(leaf, pem, fits, authority, now):
    """Why a leaf must be issued anew, '' when it need not be. A public one that another authority issued is left alone while it serves."""
    if not pem:
        return "there is none"
    if not fits:
        return "its key does not fit"
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        usages = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except (ValueError, x509.ExtensionNotFound):
        return "it cannot be read"
    if set(names) != set(alternative_names(leaf)):
        return "its names changed"
    ours = issued_by(certificate, authority)
    if leaf.get("public", False) and not ours:
        return "" if certificate.not_valid_after > now else "it has expired"
    if not ours:
        return "another authority issued it"
    if usages != {USAGES[usage] for usage in leaf["usages"]}:
        return "its usages changed"
    if certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value != leaf["cn"]:
        return "its subject changed"
    if pem.rstrip() != chain(certificate, authority).rstrip():
        return "its chain is another"
    if certificate.not_valid_after - now < (certificate.not_valid_after - certificate.not_valid_before) / 2:
        return "less than half of its life is left"
    return ""


def issued_by(certificate, authority):
    if certificate.issuer != authority.subject:
        return False
    try:
        authority.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(certificate.signature_hash_algorithm))
    except InvalidSignature:
        return False
    return True


def chain(certificate, authority):
    return "".join(part.public_bytes(serialization.Encoding.PEM).decode() for part in (certificate, authority))


def sign(leaf, request_pem, authority, key, now):
    """Only the public key is taken from the request: what the certificate says is decided here."""
    request = x509.load_pem_x509_csr(request_pem.encode())
    if not request.is_signature_valid:
        raise ValueError(f"the request for {leaf['name']} is not signed with its own key")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, leaf["cn"])]))
        .issuer_name(authority.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([USAGES[usage] for usage in leaf["usages"]]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternative_names(leaf)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return chain(certificate, authority)


class ActionModule(ActionBase):
    """certificates: {leaves: [{name, cn, usages, names, addresses, public, reader}], ca_certificate, ca_key, folder, ca_path}.
    Returns renewed (names), paths (of the certificates that are, or in check mode would be, written) and digests (name -> what changes when
    the certificate does)."""

    _VALID_ARGS = frozenset(("leaves", "ca_certificate", "ca_key", "folder", "ca_path"))

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = self._task.args
        where = {"folder": arguments["folder"], "ca_path": arguments["ca_path"]}
        leaves = {leaf["name"]: leaf for leaf in arguments["leaves"]}
        authority = x509.load_pem_x509_certificate(arguments["ca_certificate"].encode())
        now = datetime.datetime.utcnow()

        where["readers"] = {name: leaf["reader"] for name, leaf in leaves.items() if leaf.get("reader")}
        answer = self._execute_module("certificates", {**where, "read": list(leaves)}, task_vars=task_vars)
        if answer.get("failed"):
            return answer
        state = answer["leaves"]
        reasons = {name: why_due(leaf, state[name]["certificate"], state[name]["fits"], authority, now) for name, leaf in leaves.items()}
        due = [name for name, reason in reasons.items() if reason]
        ca = "" if answer["ca"] == arguments["ca_certificate"] else arguments["ca_certificate"]
        stale = answer["stale"]
        texts = {name: state[name]["certificate"] for name in leaves}
        if (due or ca or stale) and not self._task.check_mode:
            asked = self._execute_module("certificates", {**where, "request": due}, task_vars=task_vars) if due else {"requests": {}}
            if asked.get("failed"):
                return asked
            key = serialization.load_pem_private_key(arguments["ca_key"].encode(), None)
            signed = {name: sign(leaves[name], request, authority, key, now) for name, request in asked["requests"].items()}
            placed = self._execute_module("certificates", {**where, "install": signed, "ca": ca, "remove": stale}, task_vars=task_vars)
            if placed.get("failed"):
                return placed
            texts.update(signed)
        lines = [f"{name}: {reasons[name]}\n" for name in due] + [f"{name}: another group reads it\n" for name in answer["shown"]] + [f"{name}: no longer needed\n" for name in stale] + (["the authority\n"] if ca else [])
        return {
            "changed": bool(lines),
            "renewed": due,
            "paths": [f"{arguments['folder']}/{name}.crt" for name in due] + ([arguments["ca_path"]] if ca else []),
            # Who puts a public certificate in place restarts its service too.
            "digests": {
                name: "public" if leaves[name].get("public") else hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()
            },
            "diff": [{"before_header": "certificates", "after_header": "certificates", "before": "", "after": "".join(lines)}] if lines else [],
        }
