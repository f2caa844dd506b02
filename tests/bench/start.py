#!/usr/bin/env python3
"""From exec to the first 200 of /readyz, with nothing to do; and how large the program is.

usage: with_control_plane.sh start.py [--runs N] [--quick]"""
import argparse
import os
import pathlib
import statistics
import tempfile

from bed import BIN, Certsync, account_kubeconfig, install, must_run, row

STARTS = 5  # in a run, of which the median counts


def time_of(*arguments):
    with Certsync(*arguments, step=0.001) as program:
        return program.ready_ms


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        install()
        kubeconfig = account_kubeconfig(folder)
        manifests = pathlib.Path(folder, "manifests")
        manifests.mkdir()
        modes = {"standalone": ["--manifests", manifests, "--owner-id", "bench"],
                 "in a cluster": ["--kubeconfig", kubeconfig]}
        for run in range(options.runs):
            for mode, arguments in modes.items():
                row(f"Start: exec to ready, {mode}", "us", "ms",
                    statistics.median(time_of(folder, *arguments) for _ in range(STARTS)), run)
        # As the image has it (deploy/image/assemble.py).
        stripped = pathlib.Path(folder, "stripped")
        must_run("strip", "--strip-all", "-o", stripped, BIN / "certsync")
        row("Size of the program", "us", "MB", os.path.getsize(stripped) / 1e6)


if __name__ == "__main__":
    main()
