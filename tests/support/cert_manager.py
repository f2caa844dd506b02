"""The real cert-manager: its kinds, its controller, and what people ask of it."""
import base64
import json
import pathlib

from checks import ROOT, kubectl, must, must_run, wait_for_kinds
from stack import Program, apply, until

SELF_SIGNED = ("self-signed", "ClusterIssuer")
CMCTL = ROOT / "tests/cluster/up/cmctl"


class CertManager(Program):
    """Kinds and controller, as they are published; no webhook, which would only refuse and fill in defaults."""

    def __init__(self, folder):
        programs = pathlib.Path(must_run(ROOT / "tests/cluster/build.sh", "cert-manager").strip())
        must("apply", "--server-side", "-f", programs)
        wait_for_kinds()
        super().__init__(folder, "cert-manager", programs / "bin/cert-manager-controller")

    def started(self):
        self.said(r"(?m)^ready$")


def named(name, *more):
    """Names of a Certificate. NetScaler takes a certificate for SNI by its common name."""
    return {"commonName": f"{name}.example.com", "dnsNames": [f"{name}.example.com", *more]}


def certificate(name, issuer, kind="Issuer", annotations=None, **spec):
    """A Certificate as YAML would have it, in the Secret of its name; ECDSA unless said otherwise."""
    return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
            "metadata": {"name": name, "namespace": "default", "annotations": annotations or {}},
            "spec": {"secretName": name, "issuerRef": {"name": issuer, "kind": kind},
                     "privateKey": {"algorithm": "ECDSA", "size": 256}, **spec}}


def authority(name, issuer, kind="Issuer", **spec):
    """A Certificate that signs, and the Issuer of the same name that does it."""
    return [certificate(name, issuer, kind, isCA=True, commonName=name, **spec),
            {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": {"name": name, "namespace": "default"},
             "spec": {"ca": {"secretName": name}}}]


def self_signed(name):
    return {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": name},
            "spec": {"selfSigned": {}}}


def renew(name):
    """A forced renewal."""
    must_run(CMCTL, "renew", name, "-n", "default")


def status(name):
    good, said = kubectl("get", "certificate", name, "-o", "json")
    return json.loads(said).get("status", {}) if good else {}


def is_ready(name):
    conditions = {one["type"]: one["status"] for one in status(name).get("conditions", [])}
    return conditions.get("Ready") == "True" and conditions.get("Issuing") != "True"


def issue(*things):
    """Applied, and all of their Certificates issued."""
    apply(*things)
    for thing in things:
        if thing["kind"] == "Certificate":
            until(lambda: is_ready(thing["metadata"]["name"]), f"cert-manager issues {thing['metadata']['name']}")


def pem_of(name):
    """tls.crt of the Secret; empty without."""
    good, said = kubectl("get", "secret", name, "-o", r"jsonpath={.data.tls\.crt}")
    return base64.b64decode(said).decode() if good else ""


def serial(name):
    """Of the certificate in the Secret, as openssl says it."""
    return must_run("openssl", "x509", "-noout", "-serial", stdin=pem_of(name)).strip()
