#!/usr/bin/python3
"""Runs a test, unless it passed before with the very same input, and says which.

    once.py NAME [--with PATH]... -- COMMAND...

The input is the command, the programs that it names and those built beside them, the files and folders of each --with
(below the source tree; C++ in them is left out, since it is in the programs) and the installed Debian packages. A pass is
remembered in the cache folder of this project; a failure, or a run in which a case was skipped, is not. Each run leaves
build/…/records/NAME.json for the table of ./dev test.

CERTSYNC_FRESH=1 runs everything; so does anything that chooses what a campaign takes (CERTSYNC_SEED and its like).
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("CERTSYNC_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "netscaler-cert-sync")
PACKAGES = pathlib.Path("/var/lib/dpkg/status")
# What changes a test's course from outside.
CHOICES = ("CERTSYNC_FRESH", "CERTSYNC_SEED", "CERTSYNC_CHAOS", "CERTSYNC_TRANSITIONS", "CERTSYNC_CHAIN", "GTEST_FILTER")
# Programs that tests start, by name: they lie beside the test's own.
STARTED = ("certsync", "nitro-sim")
CPP = {".cpp", ".h"}


def program_bytes(path):
    """The program without what tells of the commit only: the revision it shows, and the linker's id of the whole."""
    data = path.read_bytes()
    data = re.sub(rb"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0.{20}", b"", data, flags=re.S)
    head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=TOP, capture_output=True, text=True)
    return data.replace(head.stdout.strip().encode(), b"") if head.returncode == 0 else data


def files_below(path):
    if path.is_file():
        return [path]
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", "--", str(path)], cwd=TOP,
                            capture_output=True, check=True).stdout.decode()
    found = sorted(TOP / name for name in set(listed.split("\0")) if name)
    return [file for file in found if file.suffix not in CPP and file.is_file()]


def key_of(name, command, paths):
    digest = hashlib.sha256()

    def add(label, data):
        digest.update(f"{label}\0{len(data)}\0".encode() + data)

    add("name", name.encode())
    for word in command:
        path = pathlib.Path(word)
        inside = path.is_absolute() and path.is_file() and path.is_relative_to(TOP)
        add("word", (str(path.name) if inside else word.replace(str(TOP), "")).encode())
        if inside:
            add("program", program_bytes(path))
            for beside in STARTED:
                started = path.parent / beside
                if started != path and started.is_file() and os.access(path, os.X_OK):
                    add(beside, program_bytes(started))
    if "CERTSYNC_BIN" in os.environ:
        for started in STARTED:
            add(started, program_bytes(pathlib.Path(os.environ["CERTSYNC_BIN"]) / started))
    for path in paths:
        files = files_below(TOP / path)
        if not files:
            raise SystemExit(f"once.py: {name} goes by {path}, which is not there")
        for file in files:
            add(str(file.relative_to(TOP)), file.read_bytes())
    for variable in ("GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "ASAN_OPTIONS", "TSAN_OPTIONS"):
        add(variable, os.environ.get(variable, "").encode())
    if PACKAGES.exists():
        add("packages", PACKAGES.read_bytes())
    return digest.hexdigest()


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
    words.add_argument("--with", dest="paths", action="append", default=[])
    words.add_argument("--records", type=pathlib.Path, required=True)
    words.add_argument("command", nargs="+")
    asked = words.parse_args()
    asked.records.mkdir(parents=True, exist_ok=True)
    record = asked.records / f"{asked.name}.json"
    record.unlink(missing_ok=True)

    chosen = any(os.environ.get(variable) for variable in CHOICES)
    passed = None if chosen else CACHE / "passed" / key_of(asked.name, asked.command, asked.paths)
    if passed and passed.exists():
        known = json.loads(passed.read_text())
        passed.touch()
        record.write_text(json.dumps(known | {"remembered": True}))
        print(f"{asked.name}: the same programs and files passed on {known['at']} ({known['cases']} cases, {known['seconds']} s)")
        return 0
    code, output, seconds = run(asked.command)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = {"name": asked.name, "cases": cases_in(output), "seconds": round(seconds, 1),
              "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
              "at": time.strftime("%Y-%m-%d", time.gmtime()), "code": code}
    record.write_text(json.dumps(result | {"remembered": False}))
    if code == 0 and passed and "SKIPPED" not in output:
        passed.parent.mkdir(parents=True, exist_ok=True)
        part = passed.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(result))
        part.rename(passed)
    return code if 0 <= code < 256 else 1


if __name__ == "__main__":
    sys.exit(main())
