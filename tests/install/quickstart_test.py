#!/usr/bin/env python3
"""docs/quickstart.md, followed to the letter: its commands, read out of the page, against a real API server with a real helm and the
real cert-manager. Ours are only the values of its first block, and those who are missing there (stand_ins.py).

usage: with_control_plane.sh quickstart_test.py"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cert_manager import CMCTL, CertManager, self_signed, serial
from checks import ROOT, check, finish, kubectl, must, must_run
from stack import Simulator, apply, until
from stand_ins import Nodes

PAGE = ROOT / "docs/quickstart.md"
BUILD = ROOT / "tests/cluster/build.sh"
TIMEOUT = 300  # seconds for one block


def blocks():
    """(heading, commands) in the order of the page."""
    found, heading = [], ""
    for part in re.finditer(r"(?m)^## ([^\n]+)$|^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        heading = part[1] or heading
        if part[2]:
            found.append((heading, part[2]))
    return found


def with_ours(block, ours):
    """The first block, with values of this test; each name has to be there."""
    for name, value in ours.items():
        block, count = re.subn(rf"(?m)^{name}=\S+", f"{name}={value}", block)
        if count != 1:
            raise RuntimeError(f"docs/quickstart.md sets {name} {count} times")
    return block


class Reader:
    """Somebody who pastes one block after the other into one shell."""

    def __init__(self, path):
        self.path, self.typed = path, "set -euo pipefail\n"
        self.state = tempfile.NamedTemporaryFile("w+", suffix=".sh")

    def paste(self, block):
        # The variables of the blocks before are carried on.
        script = f"set -euo pipefail\nsource {self.state.name}\n{block}\ndeclare -p | grep -E '^declare -- [A-Z_]+=' >{self.state.name}\n"
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT,
                              env={**os.environ, "PATH": self.path + os.environ["PATH"]})
        if done.returncode:
            raise RuntimeError(f"{block}\n{done.stdout}{done.stderr}")
        return done.stdout


def follow(reader, ours, box):
    steps = blocks()
    check("the page has its blocks", None if len(steps) >= 9 else steps)
    reader.paste(with_ours(steps[0][1], ours))
    said = {}
    for heading, block in steps[1:]:
        if heading.startswith("5."):
            before = serial("www-tls")
        if heading.startswith("Away"):
            after_renewal(box, before)
        said[heading] = said.get(heading, "") + reader.paste(block)
        check(f"{heading}: {block.splitlines()[0][:60]} …", None)
    check("rollout status", None if "successfully rolled out" in said["1. The operator"] else said)
    check("kubectl get shows it ready", None if re.search(r"www +True", said["4. The certificate onto the appliance"])
          and re.search(r"edge +True", said["4. The certificate onto the appliance"]) else said)
    check("Verified says what a handshake showed",
          None if "serves it" in said["4. The certificate onto the appliance"] else said)
    check("the appliance goes on serving it", None if box.serves("vs_www") == serial("www-tls") else box.serves("vs_www"))
    left = [name for name in ("deployment", "serviceaccount", "pdb", "service")
            if kubectl("get", name, "-n", "netscaler-cert-sync", "-o", "name")[1].strip()]
    check("nothing of the release is left", left)
    check("the kinds are gone", kubectl("get", "crd", "-o", "name")[1].count("certsync") or None)


def after_renewal(box, before):
    until(lambda: serial("www-tls") != before, "cert-manager renews")
    until(lambda: box.serves("vs_www") == serial("www-tls"), "the renewed certificate is served")
    check("the renewed certificate is served", None)
    until(lambda: "Updated" in must("events", "--for", "ncs/www", "-n", "default"), "the Event of the update")
    check("an Event says which virtual server was disturbed",
          None if "vs_www" in must("events", "--for", "ncs/www", "-n", "default") else "it does not")


def everything():
    with tempfile.TemporaryDirectory() as folder:
        helm = must_run(BUILD, "helm").strip()
        with Simulator(folder) as box, Nodes(folder), CertManager(folder):
            apply(self_signed("letsencrypt"))
            reader = Reader(f"{CMCTL.parent}{os.pathsep}{helm}{os.pathsep}")
            follow(reader, {"NETSCALER": box.nitro.removeprefix("https://"), "NITRO_USER": box.USER,
                            "NITRO_PASSWORD": box.PASSWORD, "VSERVER": "vs_www"}, box)


if __name__ == "__main__":
    finish(everything)
