#!/usr/bin/env python3
"""What the real cert-manager writes into Secrets, and when: stand-ins, halves, labels, other forms of the same, and many at once.

usage: with_control_plane.sh secrets_test.py"""
import json
import tempfile

from bed import Bed
from cert_manager import SELF_SIGNED, certificate, issue, named, pem_of, renew, self_signed
from checks import check, finish, must
from stack import apply, fetch, until

PROFILES = ("LegacyRC2", "LegacyDES", "Modern2023", "Modern2026")
VSERVERS = ("vs_late", "vs_half", "vs_opaque", "vs_forms", "vs_combined", "vs_many:sni",
            *("vs_" + profile.lower() for profile in PROFILES))
WORD = {"name": "word", "key": "word"}


def plain(name, **more):
    return certificate(name, *SELF_SIGNED, **named(name), **more)


def certkeys(bed):
    """The state of the appliance, as text."""
    return fetch(bed.box.box["control"] + "/state")


def writes(bed):
    return json.loads(fetch(bed.box.box["control"] + "/counters"))["mutating"]


def temporary(bed):
    late = certificate("late", "late", "ClusterIssuer", {"cert-manager.io/issue-temporary-certificate": "true"}, **named("late"))
    bed.sync("late", "vs_late")
    bed.ready("late", "SecretNotFound")
    check("before there is a Certificate: SecretNotFound", None)
    apply(late)
    bed.ready("late", "TemporaryCertificate")
    check("cert-manager's temporary certificate is not deployed",
          None if pem_of("late") and "default_late" not in certkeys(bed) else certkeys(bed))
    issue(self_signed("late"), late)
    bed.ready("late")
    bed.watch("late", "vs_late")
    check("the issued one is", None)
    before = bed.issued.current["late"]
    must("delete", "clusterissuer", "late")
    must("delete", "secret", "late")
    bed.ready("late", "TemporaryCertificate")
    check("a temporary one where a real one is served changes nothing", bed.is_served("late", before))
    issue(self_signed("late"), late)
    bed.served("late")
    check("until the next one is issued", None)


def waiting_issuer(bed):
    """The Issuer of a renewal is not there yet: cert-manager leaves the Secret alone."""
    before = bed.issued.current["late"]
    apply(certificate("late", "missing", "ClusterIssuer", **named("late")))
    until(lambda: "missing" in must("get", "certificaterequests", "-o", r"jsonpath={.items[*].status.conditions[*].message}"),
          "cert-manager misses its issuer")
    check("an issuer that is missing: the one before is served, and Ready stays",
          bed.is_served("late", before) or (None if bed.condition("late")[0] == "True" else bed.condition("late")))


def halves(bed):
    """A TLS Secret that somebody made for cert-manager to fill."""
    apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "half", "namespace": "default"},
           "type": "kubernetes.io/tls", "stringData": {"tls.crt": "", "tls.key": ""}})
    bed.sync("half", "vs_half")
    bed.ready("half", "SecretIncomplete")
    check("an empty TLS Secret: SecretIncomplete", None)
    issue(plain("half"))
    bed.ready("half")
    bed.watch("half", "vs_half")
    check("served when cert-manager has filled it", None)


def opaque(bed):
    apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "opaque", "namespace": "default"}, "type": "Opaque"})
    issue(plain("opaque"))
    kind = must("get", "secret", "opaque", "-o", "jsonpath={.type}")
    check("cert-manager leaves an Opaque Secret one", None if kind == "Opaque" else kind)
    follows(bed, "opaque", "of type Opaque")


def follows(bed, name, what, **spec):
    """Served by its virtual server, and a renewal too."""
    bed.sync(name, "vs_" + name, **spec)
    bed.ready(name)
    bed.watch(name, "vs_" + name)
    bed.renewed(name, lambda: renew(name))
    check(f"{what}: served, and renewed", None)


def forms(bed):
    """The same certificate in other forms, beside tls.crt and tls.key."""
    apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "word", "namespace": "default"},
           "stringData": {"word": "changeit"}})
    stores = {"jks": {"create": True, "passwordSecretRef": WORD}, "pkcs12": {"create": True, "passwordSecretRef": WORD}}
    extra = {"additionalOutputFormats": [{"type": "CombinedPEM"}, {"type": "DER"}]}
    issue(plain("forms", keystores=stores, **extra), plain("combined", **extra))
    wanted = {"ca.crt", "key.der", "keystore.jks", "keystore.p12", "tls-combined.pem", "tls.crt", "tls.key", "truststore.jks",
              "truststore.p12"}
    check("cert-manager writes all of them", wanted ^ set(json.loads(must("get", "secret", "forms", "-o", "json"))["data"]))
    follows(bed, "forms", "JKS, PKCS#12, CombinedPEM and DER beside it")
    follows(bed, "combined", "certificate from CombinedPEM and key from DER",
            source={"certificateKey": "tls-combined.pem", "privateKeyKey": "key.der"})


def keystores(bed):
    for profile in PROFILES:
        issue(plain(profile.lower(), keystores={"pkcs12": {"create": True, "passwordSecretRef": WORD, "profile": profile}}))
        follows(bed, profile.lower(), f"PKCS#12, profile {profile}", source={"format": "PKCS12", "passwordSecretRef": WORD})


def many(bed):
    """By label, as secretTemplate gives it, each by its name; all at once."""
    names = [f"many-{i}" for i in range(8)]
    issue(*[plain(name, secretTemplate={"labels": {"edge": "yes"}}) for name in names])
    bed.sync("many", "vs_many:sni", selector={"matchLabels": {"edge": "yes"}})
    bed.ready("many")
    for name in names:
        bed.watch(name, "vs_many")
    check(f"{len(names)} Certificates whose Secrets one label selects are served by name", None)
    before, count = {name: bed.issued.current[name] for name in names}, writes(bed)
    for name in names:
        renew(name)
    until(lambda: all(bed.issued.current[name] != before[name] for name in names), "all are renewed")
    for name in names:
        bed.served(name)
    bed.ready("many")
    check("all renewed at once are served", None)
    print(f"     {writes(bed) - count} writes to the appliance for {len(names)} renewals")
    count = writes(bed)
    issue(*[plain(name, secretTemplate={"labels": {"edge": "yes"}, "annotations": {"note": "more"}}) for name in names])
    until(lambda: must("get", "secret", names[-1], "-o", "jsonpath={.metadata.annotations.note}") == "more", "the Secrets change")
    bed.pass_made("many")
    check("other annotations on the Secrets write nothing to the appliance", None if writes(bed) == count else writes(bed) - count)
    apply(*[plain(name) for name in names[:1]])
    until(lambda: "edge" not in must("get", "secret", names[0], "-o", "jsonpath={.metadata.labels}"), "a label goes")
    until(lambda: names[0] not in certkeys(bed), "its certkey goes")
    bed.clients.pop(names[0])[0].end()
    check("a Secret that lost its label leaves the appliance", None)


STORIES = (temporary, waiting_issuer, halves, opaque, forms, keystores, many)


def everything():
    with tempfile.TemporaryDirectory() as folder, Bed(folder, *VSERVERS) as bed:
        apply(self_signed("self-signed"))
        for story in STORIES:
            story(bed)
        bed.summarise()


if __name__ == "__main__":
    finish(everything)
