#!/usr/bin/env python3
"""The real cert-manager issues and renews, by itself, by force, and because its Certificate changed; what the appliance serves follows.

usage: with_control_plane.sh renewals_test.py"""
import json
import tempfile

from bed import Bed
from cert_manager import SELF_SIGNED, authority, certificate, is_ready, issue, named, pem_of, renew, self_signed
from checks import check, finish, must
from stack import apply, until

VSERVERS = ("vs_plain", "vs_sni:sni", "vs_chain", "vs_issuer", "vs_fresh", "vs_short", "vs_rotation", "vs_algorithm", "vs_names", "vs_again",
            "vs_bare:sni")


def start(bed, made, roots=None, **spec):
    """A Certificate, issued and served by the virtual server of its name."""
    name = made["metadata"]["name"]
    issue(made)
    bed.sync(name, "vs_" + name, **spec)
    bed.ready(name)
    bed.watch(name, "vs_" + name, roots=roots)


def from_certificate_to_handshake(bed):
    issue(certificate("plain", *SELF_SIGNED, **named("plain")))
    bed.sync("plain", "vs_plain", "vs_sni:sni")
    bed.ready("plain")
    bed.watch("plain", "vs_plain", "vs_sni")
    check("a self-signed Certificate is served by default and by name", None)
    bed.renewed("plain", lambda: renew("plain"))
    check("a forced renewal is served at both", None)
    told = json.loads(must("get", "ncs", "plain", "-o", "json"))["status"]["certificates"]
    check("status names it by its digest", None if told[0]["sha256"] == bed.issued.current["plain"] else told)


def short_lives(bed):
    """Started first, looked at last. An hour is the shortest that cert-manager allows, and it may renew as early as one likes."""
    start(bed, certificate("short", *SELF_SIGNED, **named("short"), duration="1h", renewBefore="59m50s"))


def after_short_lives(bed):
    client = bed.clients["short"][0]
    until(lambda: len(client.seen) > 3, "three renewals that nobody asked for")
    check("renewals by themselves, ten seconds apart, are served", None)
    until(lambda: bed.has_event("short", "UpdateThrottled"), "so many are held back")
    seen = len(client.seen)
    until(lambda: len(client.seen) > seen, "after a minute", seconds=120)
    check("held back for at most a minute when there are too many: UpdateThrottled", None)
    apply(certificate("short", *SELF_SIGNED, **named("short"), duration="1h", renewBefore="20m"))
    until(lambda: is_ready("short"), "it rests")
    until(lambda: client.last == bed.issued.current["short"], "the last one", seconds=120)
    check("the last one of many is served in the end", None)


def three_levels(bed):
    issue(*authority("root", *SELF_SIGNED), *authority("other-root", *SELF_SIGNED))
    # The key stays, so that what it has signed stays good when it is renewed.
    issue(*authority("middle", "root", privateKey={"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"}),
          *authority("other-middle", "other-root"))
    # Names of hosts alone, as most Certificates have it: the subject is empty.
    start(bed, certificate("chain", "middle", dnsNames=["chain.example.com"]), roots=pem_of("root"))
    # The root alone is trusted: a handshake succeeds only if the intermediate is sent too.
    check("root, intermediate, leaf: the chain is served", None)
    bed.renewed("chain", lambda: renew("chain"))
    check("renewed under the same intermediate", None)


def other_issuer(bed):
    """In place, and by a certkey of its own. The link to the intermediate cannot be changed together with the certificate: between
    the two the leaf is alone, which only a client that verifies would notice. NewCertKey has no such moment."""
    roots = pem_of("root") + pem_of("other-root")
    start(bed, certificate("issuer", "middle", **named("issuer")))
    start(bed, certificate("fresh", "middle", **named("fresh")), roots, updatePolicy="NewCertKey")
    for name, how in (("issuer", "in place"), ("fresh", "NewCertKey, verified without end")):
        for issuer, what in (("other-middle", "another intermediate and root"), ("other-root", "a root itself, no intermediate")):
            bed.renewed(name, lambda: issue(certificate(name, issuer, **named(name))))
            bed.verified(name, roots)
            check(f"the issuer becomes {what}: {how}", None)
    before = pem_of("middle")
    renew("middle")
    until(lambda: is_ready("middle") and pem_of("middle") != before, "the intermediate is renewed")
    for name, how in (("issuer", "in place"), ("fresh", "NewCertKey, verified without end")):
        bed.renewed(name, lambda: issue(certificate(name, "middle", **named(name))))
        bed.verified(name, pem_of("root"))
        check(f"the first intermediate again, renewed for the same key: {how}", None)


def rotation(bed):
    def with_policy(policy):
        return certificate("rotation", *SELF_SIGNED, **named("rotation"),
                           privateKey={"algorithm": "ECDSA", "size": 256, "rotationPolicy": policy})
    start(bed, with_policy("Never"))
    before = bed.public_key("rotation")
    bed.renewed("rotation", lambda: renew("rotation"))
    check("rotationPolicy Never: another certificate for the same key",
          None if bed.public_key("rotation") == before else "another key")
    apply(with_policy("Always"))
    bed.renewed("rotation", lambda: renew("rotation"))
    check("rotationPolicy Always: another key", None if bed.public_key("rotation") != before else "the same key")


def algorithm(bed):
    def with_key(**key):
        return certificate("algorithm", *SELF_SIGNED, **named("algorithm"), privateKey={"rotationPolicy": "Always", **key})
    start(bed, with_key(algorithm="ECDSA", size=256))
    for text, key in (("RSA", {"algorithm": "RSA", "size": 2048}), ("ECDSA again", {"algorithm": "ECDSA", "size": 384}),
                      ("RSA in PKCS#8", {"algorithm": "RSA", "size": 3072, "encoding": "PKCS8"})):
        bed.renewed("algorithm", lambda: issue(with_key(**key)))
        check(f"the key becomes {text}", None)
    before = bed.issued.current["algorithm"]
    issue(with_key(algorithm="Ed25519"))
    bed.ready("algorithm", "SecretInvalid")
    check("Ed25519, which NetScaler cannot: SecretInvalid, and the one before is served", bed.is_served("algorithm", before))


def names(bed):
    start(bed, certificate("names", *SELF_SIGNED, **named("names", "old.example.com")))
    bed.renewed("names", lambda: issue(certificate("names", *SELF_SIGNED, **named("names", "old.example.com", "new.example.com"))))
    check("another name is served", None)
    bed.renewed("names", lambda: issue(certificate("names", *SELF_SIGNED, **named("names", "new.example.com"))))
    until(lambda: bed.has_event("names", "DomainsRemoved"), "the Event DomainsRemoved")
    check("a name less is served, and said: DomainsRemoved", None)


def without_common_name(bed):
    issue(certificate("bare", *SELF_SIGNED, dnsNames=["bare.example.com"]))
    bed.sync("bare", "vs_bare:sni")
    bed.ready("bare", "SniWouldBreak")
    check("dnsNames without a commonName, for SNI: SniWouldBreak, and why",
          None if "no common name" in bed.condition("bare")[2] else bed.condition("bare"))
    issue(certificate("bare", *SELF_SIGNED, **named("bare")))
    bed.ready("bare")
    bed.watch("bare", "vs_bare")
    check("bound as soon as it has one", None)


def delete(name):
    """The Certificate, and what it owns: nobody collects garbage here."""
    must("delete", "certificate", name)
    for one in json.loads(must("get", "certificaterequests", "-o", "json"))["items"]:
        if one["metadata"]["annotations"].get("cert-manager.io/certificate-name") == name:
            must("delete", "certificaterequest", one["metadata"]["name"])


def deleted_and_again(bed):
    made = certificate("again", *SELF_SIGNED, **named("again"))
    start(bed, made)
    before = bed.issued.current["again"]
    delete("again")
    check("its Certificate is deleted: the Secret stays, and is served", bed.is_served("again", before))
    issue(made)
    check("the same Certificate again takes the Secret over", None if bed.issued.current["again"] == before else "another")
    delete("again")
    must("delete", "secret", "again")
    bed.ready("again", "SecretNotFound")
    check("the Secret is deleted too: SecretNotFound, and still served", bed.is_served("again", before))
    bed.renewed("again", lambda: issue(made))
    bed.ready("again")
    check("a Certificate and a Secret of the same name again: served", None)


def while_nobody_looked(bed):
    bed.stop_operator()
    before = bed.issued.current["plain"]
    renew("plain")
    until(lambda: bed.issued.current["plain"] != before, "cert-manager renews")
    check("the operator is down: the one before is served", bed.is_served("plain", before))
    bed.start_operator()
    bed.served("plain")
    check("what was renewed meanwhile is served after its start", None)


STORIES = (short_lives, from_certificate_to_handshake, three_levels, other_issuer, rotation, algorithm, names, without_common_name,
           deleted_and_again, while_nobody_looked, after_short_lives)


def everything():
    with tempfile.TemporaryDirectory() as folder, Bed(folder, *VSERVERS) as bed:
        apply(self_signed("self-signed"))
        for story in STORIES:
            story(bed)
        bed.summarise(held_back={"short"})


if __name__ == "__main__":
    finish(everything)
