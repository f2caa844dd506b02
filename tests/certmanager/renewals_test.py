#!/usr/bin/env python3
"""The real cert-manager issues and renews, by itself, by force, and because its Certificate changed; what the appliance serves follows.

usage: with_control_plane.sh renewals_test.py"""
import tempfile

from bed import Bed, until
from cert_manager import authority, certificate, issue, pem_of, renew, self_signed, status
from checks import check, finish
from stack import apply


def from_certificate_to_handshake(bed):
    issue(certificate("plain", "self-signed", "ClusterIssuer", commonName="plain.example.com", dnsNames=["plain.example.com"]))
    bed.sync("plain", "vs_plain", "vs_sni:sni")
    bed.ready("plain")
    bed.watch("plain", "vs_plain", "vs_sni")
    check("a self-signed Certificate: served by default and by name", None)


def everything():
    with tempfile.TemporaryDirectory() as folder, Bed(folder, "vs_plain", "vs_sni:sni") as bed:
        apply(self_signed("self-signed"))
        from_certificate_to_handshake(bed)
        for _ in range(2):
            bed.renewed("plain", lambda: renew("plain"))
        bed.summarise()


if __name__ == "__main__":
    finish(everything)
