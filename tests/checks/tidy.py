#!/usr/bin/python3
"""clang-tidy over what ships, by the compilations of BUILD; those that passed with the same files are not looked at again.

    tidy.py BUILD [--whole]

Where files are compiled together they are looked at together, which takes a sixth of the time, without the analyzer: it
goes through the main file only. --whole: every check of .clang-tidy, for a BUILD that compiles each file alone.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
import memory
from memory import TOP

TIDY = "clang-tidy-14"
# The build names warnings of GCC that clang does not know.
GCC = "--extra-arg=-Wno-unknown-warning-option"
# The analyzer goes through the main file only, which only includes others here.
TOGETHER = "--checks=-clang-analyzer-*,-bugprone-suspicious-include"


def units(build):
    """(file, object) of each compilation of what ships."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"])
        if file.is_relative_to(TOP / "controller") or file.is_relative_to(build / "controller"):
            yield file, re.search(r" -o (\S+)", entry["command"]).group(1)


def files_of(build, compiled):
    """The files of ours that the compiler read."""
    told = subprocess.run(["ninja", "-C", str(build), "-t", "deps", compiled], capture_output=True, text=True, check=True)
    for line in told.stdout.splitlines()[1:]:
        path = pathlib.Path(os.path.normpath(build / line.strip()))
        if line.strip() and path.is_relative_to(TOP):
            yield path


def key_of(build, file, compiled, options):
    everything = memory.Input()
    everything.add("options", " ".join(options))
    everything.add("rules", (TOP / ".clang-tidy").read_bytes())
    read = sorted({file, *files_of(build, compiled)})
    if len(read) < 2:
        return None
    for path in read:
        everything.add(str(path.relative_to(TOP)), path.read_text(errors="replace").replace(str(TOP), ""))
    everything.add_packages()
    return everything.key()


def look(build, file, compiled, options):
    """(remembered, complaints)"""
    key = key_of(build, file, compiled, options)
    if key and memory.recall(key):
        return True, ""
    done = subprocess.run([TIDY, "--quiet", GCC, "-p", str(build), *options, str(file)], capture_output=True, text=True)
    if done.returncode == 0 and key:
        memory.keep(key, {"file": file.name})
    return False, "" if done.returncode == 0 else done.stdout + done.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    options = [] if "--whole" in sys.argv else [TOGETHER]
    todo = list(units(build))
    if not todo:
        raise SystemExit(f"tidy.py: {build} compiles nothing of controller/")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        looked = list(pool.map(lambda unit: look(build, *unit, options), todo))
    for _, complaints in looked:
        print(complaints, end="")
    remembered = sum(known for known, _ in looked)
    bad = sum(bool(complaints) for _, complaints in looked)
    print(f"{len(todo)} units: {remembered} looked at before, {bad} with complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
