#!/usr/bin/env python3
"""Runs the parts of the benchmark and tells what they measured, beside what was wanted (targets.yaml).

A part is a program that prints JSON lines, one measurement each: {"figure", "who", "unit", "value", "run"}, for a point of
the chart also "x" and "curve". `who` is "us" or the peer. Which misses its target is said; only a part that fails makes the
exit code 1.

usage: bench.py [--runs N] [--only PART]... [--quick]"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
import micro
import report

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = pathlib.Path(os.environ.get("CERTSYNC_BIN", ROOT / "build/bin"))
CLUSTER = [str(ROOT / "tests/cluster/with_control_plane.sh"), "/usr/bin/python3"]


def parts(options):
    """Name → the commands whose output is read. A script makes its runs itself, since what it prepares lasts for all."""
    arguments = ["--runs", str(options.runs), *(["--quick"] if options.quick else [])]
    appliance = str(BIN / "bench_appliance")
    return {
        "start": [[*CLUSTER, str(HERE / "start.py"), *arguments]],
        "lag": [[*CLUSTER, str(HERE / "lag.py"), *arguments]],
        "cluster": [[*CLUSTER, str(HERE / "cluster.py"), *arguments]],
        "secrets100k": [[*CLUSTER, str(HERE / "many_secrets.py")]],
        "appliance": [[appliance, "--run", str(run), *arguments[2:]] for run in range(options.runs)],
        "estate": [[appliance, "--only", "estate", *arguments[2:]]],
        "micro": [[str(BIN / "bench_micro"), "--benchmark_format=json"]],
    }


def output_of(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


def measure(name, commands):
    rows = []
    for command in commands:
        said = output_of(command)
        rows += micro.rows(json.loads(said)) if name == "micro" else map(json.loads, said.splitlines())
    return [row | {"part": name} for row in rows]


def machine():
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} × {model}, Linux {platform.release().split('-')[0]}"


def main():
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--runs", type=int, default=5, help="how often the parts measure; the table has medians")
    parser.add_argument("--only", action="append", help="a part; may be given again")
    parser.add_argument("--quick", action="store_true", help="shorter where it can be; for trying, not for figures")
    options = parser.parse_args()
    known = parts(options)
    if options.runs < 1 or not set(options.only or []) <= known.keys():
        print(f"parts: {' '.join(known)}", file=sys.stderr)
        return 3
    rows, failed = [], []
    # The estate takes long to prepare: only when asked for.
    for name in options.only or [name for name in known if name != "estate"]:
        program = pathlib.Path(known[name][0][0])
        if program.parent == BIN and not program.exists():
            print(f"{program.name} is not built: {name} is left out", file=sys.stderr)
            continue
        print(f"== {name}", file=sys.stderr, flush=True)
        try:
            rows += measure(name, known[name])
        except (RuntimeError, ValueError, OSError) as error:
            print(f"{name} failed: {error}", file=sys.stderr)
            failed.append(name)
    print(report.write(rows, machine(), ROOT / "build/bench"))
    if failed:
        print(f"failed: {' '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
