#!/usr/bin/env python3
"""What the codec refuses and what a real API server refuses, over the same generated objects.

usage: with_control_plane.sh admission_test.py CHAOS_OBJECTS

CERTSYNC_SEED and CERTSYNC_OBJECTS choose others and more."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import ROOT, check, finish, must, wait_for_kinds

BATCH = 100

# What the codec refuses and no schema or CEL rule can see; each with its reason.
ONLY_CODEC = [
    (r"\.schedule: ", "cron fields have a meaning: 25 o'clock is none"),
    (r"\.timeZone: ", "only the operator's machine knows its tz database"),
]
# And the other way round.
ONLY_SERVER = [
    (r"spec\.certKey\.name: Invalid value", "the codec has a reason of its own for it, NameRefused, for each appliance"),
]


def generated():
    seed = os.environ.get("CERTSYNC_SEED", "1")
    count = os.environ.get("CERTSYNC_OBJECTS", "600")
    lines = subprocess.run([sys.argv[1], seed, count], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def accepted(cases):
    """The names that the API server takes, and all that it said of the others."""
    names, said = set(), ""
    for start in range(0, len(cases), BATCH):
        text = "".join("---\n" + json.dumps(case["object"]) + "\n" for case in cases[start:start + BATCH])
        # create, not apply: apply would copy the largest objects into an annotation.
        run = subprocess.run(["kubectl", "create", "--dry-run=server", "-o", "name", "-f", "-"], input=text,
                             capture_output=True, text=True)
        names.update(re.findall(r"/(case-\d+)", run.stdout))
        said += run.stderr
    return names, said


def excused(problems):
    return all(any(re.search(pattern, problem) for pattern, _ in ONLY_CODEC) for problem in problems)


def main():
    must("apply", "-f", str(ROOT / "crds"))
    wait_for_kinds()
    cases = generated()
    taken, said = accepted(cases)
    only_server, only_codec = [], []
    for case in cases:
        name = case["object"]["metadata"]["name"]
        text = json.dumps({**case, "object": case["object"]["spec"]})
        if name not in taken and not case["problems"]:
            found = re.search(r'[^\n]*"%s" is invalid: [^\n]*(\n\*[^\n]*)*' % name, said)
            why = found.group(0) if found else "no word of it"
            if not any(re.search(pattern, why) for pattern, _ in ONLY_SERVER):
                only_server.append(f"{name} {text}: {why}")
        if name in taken and case["problems"] and not excused(case["problems"]):
            only_codec.append(f"{name} {text}")
    refused = sum(1 for case in cases if case["problems"])
    print(f"{len(cases)} objects: the codec refuses {refused}, the API server {len(cases) - len(taken)}")
    check("the API server takes some and refuses some", None if 0 < len(taken) < len(cases) else said[-2000:])
    check("what the API server refuses, the codec refuses", "\n".join(only_server) or None)
    check("what the codec refuses, the API server refuses", "\n".join(only_codec) or None)

finish(main)
