#!/usr/bin/env python3
"""From exec to the first 200 of /readyz, with nothing to do; and how large program and image are.

usage: with_control_plane.sh start.py [--runs N] [--quick]"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile

from bed import BIN, ROOT, Certsync, account_kubeconfig, install, row

sys.path.append(str(ROOT / "deploy/image"))
import assemble

STARTS = 5  # in a run, of which the median counts


def time_of(*arguments):
    with Certsync(*arguments, step=0.001) as program:
        return program.ready_ms


def measure_image(folder):
    """What the image's layer holds (deploy/image/assemble.py), but for its bill of materials and licence texts."""
    assemble.fill(assemble.Image(folder), BIN / "certsync")
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    row("Size of the program", "us", "MB", (folder / "usr/bin/certsync").stat().st_size / 1e6)
    row("Size of the image", "us", "MB", sum(path.stat().st_size for path in files) / 1e6)
    packed = subprocess.run(["tar", "-czC", folder, "."], check=True, stdout=subprocess.PIPE).stdout
    row("Size of the image, packed", "us", "MB", len(packed) / 1e6)


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
        measure_image(pathlib.Path(folder, "image"))


if __name__ == "__main__":
    main()
