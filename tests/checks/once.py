#!/usr/bin/python3
"""Runs a test, unless it passed before with the very same input, and says which.

    once.py NAME --records DIR [--with PATH]... -- COMMAND...

The input is the command, the programs that it names and those built beside them, the files and folders of each --with
(below the source tree; C++ in them is left out, since it is in the programs) and the installed Debian packages. A pass is
remembered; a failure, or a run in which a case was skipped, is not. Each run leaves DIR/NAME.json for the table of
./dev test.

CERTSYNC_FRESH=1 runs everything; so does whatever chooses what a campaign takes (CERTSYNC_SEED and its like).
"""
import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
import memory
from memory import TOP

CHOICES = ("CERTSYNC_FRESH", "CERTSYNC_SEED", "CERTSYNC_CHAOS", "CERTSYNC_TRANSITIONS", "CERTSYNC_CHAIN", "GTEST_FILTER")
HEARD = ("GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "ASAN_OPTIONS", "TSAN_OPTIONS")
# What tests start; it lies beside them.
STARTED = ("certsync", "nitro-sim")
CPP = {".cpp", ".h"}


def files_below(path):
    if path.is_file():
        return [path]
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", "--", str(path)], cwd=TOP,
                            capture_output=True, check=True).stdout.decode()
    found = sorted(TOP / name for name in set(listed.split("\0")) if name)
    return [file for file in found if file.suffix not in CPP and file.is_file()]


def key_of(name, command, paths):
    commit = memory.revision()
    everything = memory.Input()
    everything.add("name", name)
    folders = [pathlib.Path(os.environ["CERTSYNC_BIN"])] if "CERTSYNC_BIN" in os.environ else []
    for word in command:
        path = pathlib.Path(word)
        everything.add("word", word.replace(str(TOP), ""))
        if path.is_absolute() and path.is_file() and path.is_relative_to(TOP):
            everything.add("program", memory.program_bytes(path, commit))
            folders.append(path.parent)
    for folder in folders:
        for started in STARTED:
            if (folder / started).is_file():
                everything.add(started, memory.program_bytes(folder / started, commit))
    for path in paths:
        files = files_below(TOP / path)
        if not files:
            raise SystemExit(f"once.py: {name} goes by {path}, which is not there")
        for file in files:
            everything.add(str(file.relative_to(TOP)), file.read_bytes())
    for variable in HEARD:
        everything.add(variable, os.environ.get(variable, ""))
    everything.add_packages()
    return everything.key()


def cases_in(output):
    """As GoogleTest, Python's unittest or tests/support/checks.py count them; anything else is one case."""
    patterns = (r"^\[  PASSED  \] (\d+) tests?\.", r"^Ran (\d+) tests? in", r"^(\d+) passed, 0 failed$")
    counted = [count for pattern in patterns for count in re.findall(pattern, output, re.M)]
    return sum(map(int, counted)) if counted else 1


def run(command):
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    output = []
    for line in process.stdout:
        print(line, end="", flush=True)
        output.append(line)
    return process.wait(), "".join(output), time.monotonic() - started


def main():
    words = argparse.ArgumentParser(usage=__doc__)
    words.add_argument("name")
    words.add_argument("--records", type=pathlib.Path, required=True)
    words.add_argument("--with", dest="paths", action="append", default=[])
    words.add_argument("command", nargs="+")
    asked = words.parse_args()
    asked.records.mkdir(parents=True, exist_ok=True)
    record = asked.records / f"{asked.name}.json"
    record.unlink(missing_ok=True)

    key = None if any(os.environ.get(choice) for choice in CHOICES) else key_of(asked.name, asked.command, asked.paths)
    if key and (known := memory.recall(key)):
        record.write_text(json.dumps(known | {"remembered": True}))
        print(f"{asked.name}: passed on {known['at']} with the same programs and files ({known['cases']} cases)")
        return 0
    code, output, seconds = run(asked.command)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = {"name": asked.name, "cases": cases_in(output), "seconds": round(seconds, 1),
              "cpu_seconds": round(used.ru_utime + used.ru_stime, 1), "at": time.strftime("%Y-%m-%d", time.gmtime()),
              "passed": code == 0}
    record.write_text(json.dumps(result | {"remembered": False}))
    if code == 0 and key and "[  SKIPPED ]" not in output:
        memory.keep(key, result)
    return code if 0 <= code < 256 else 1


if __name__ == "__main__":
    sys.exit(main())
