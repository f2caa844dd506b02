#!/usr/bin/env python3
"""README.md, followed to the letter by somebody who has nothing else: its commands for what is up, read out of the page. Only
`./dev` is left out of `./dev up|renew|down`, which would build.

usage: readme_test.py"""
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import ROOT, check, finish
from stack import until

UP = "tests/cluster/up.sh"
TIMEOUT = 600  # seconds for one command, on a busy machine
# What a command ends with, other than 0, and what it has to show.
CODES = {"build/bin/certsync plan": (0, 2)}
SHOWN = {
    "kubectl wait": r"condition met(.|\n)*www +True(.|\n)*edge-1 +True",
    "openssl": r"serial=[0-9A-F]+",
    "build/bin/certsync check": r"ok +rights +all that is needed(.|\n)*Nothing to do\.",
    "build/bin/certsync policy": r'add system cmdPolicy certsync-files ALLOW "',
    "build/bin/certsync plan": r"edge-1\n",
    "build/bin/certsync inventory": r"default_www-tls +www\.example\.com",
}


def commands(heading):
    """Those of the first block below a heading, without their comments."""
    text = (ROOT / "README.md").read_text()
    block = re.search(rf"(?s)^## {heading}$.*?^```\n(.*?)^```$", text, re.MULTILINE)[1]
    return [re.sub(r" +# .*", "", line) for line in block.splitlines() if line.strip()]


def run(command):
    """As typed into the shell in which build/up/env has been sourced."""
    script = f"if [[ -e build/up/env ]]; then source build/up/env; fi\n{command.replace('./dev down', UP + ' stop')}"
    for word, verb in (("up", "start"), ("renew", "renew")):
        script = script.replace(f"./dev {word}", f"{UP} {verb}")
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT,
                          env={**os.environ, "KUBECONFIG": ""})
    return done.returncode, done.stdout + done.stderr


def try_it(command):
    code, said = run(command)
    good = code in CODES.get(command, (0,))
    wanted = next((pattern for start, pattern in SHOWN.items() if command.startswith(start)), None)
    shown = wanted is None or re.search(wanted, said)
    check(command, None if good and shown else f"exit {code}: {said[-1500:]}")
    return said


def everything():
    first, look = commands("Try it"), commands("Look before it acts")
    check("the page has its commands", None if len(first) >= 6 and len(look) >= 5 else first + look)
    serials = []
    try:
        # The end comes last, after the commands that look.
        for command in first[:-1] + look:
            said = try_it(command)
            if command.startswith("openssl"):
                serials.append(said)
        renewed = next(command for command in first if command.startswith("openssl"))
        until(lambda: run(renewed)[1] != serials[0], "the renewed certificate is served")
        check("the renewed certificate is served", None)
    finally:
        try_it(first[-1])


if __name__ == "__main__":
    finish(everything)
