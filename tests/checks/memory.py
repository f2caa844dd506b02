"""What passed before, so that it need not run again: one small file for each pass, named by the hash of all that went in."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("CERTSYNC_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "netscaler-cert-sync")
PASSED = CACHE / "passed"
KEPT_DAYS = 30
# Every library and tool that a program was built with or starts.
PACKAGES = pathlib.Path("/var/lib/dpkg/status")


class Input:
    """Labelled bytes, hashed in the order in which they are added."""

    def __init__(self):
        self.digest = hashlib.sha256()

    def add(self, label, data):
        data = data.encode() if isinstance(data, str) else data
        self.digest.update(f"{label}\0{len(data)}\0".encode() + data)

    def add_packages(self):
        if PACKAGES.exists():
            self.add("packages", PACKAGES.read_bytes())

    def key(self):
        return self.digest.hexdigest()


def revision():
    """The commit as `certsync version` shows it; empty where git does not tell."""
    asked = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=TOP, capture_output=True, text=True)
    return asked.stdout.strip()


def program_bytes(path, commit):
    """A program without what tells of the commit only: the revision in it, and the linker's id of the whole."""
    data = re.sub(rb"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0.{20}", b"", path.read_bytes(), flags=re.S)
    return data.replace(commit.encode(), b"") if commit else data


def recall(key):
    """What was kept with that pass, or None."""
    file = PASSED / key
    if not file.exists():
        return None
    file.touch()
    return json.loads(file.read_text())


def keep(key, what):
    PASSED.mkdir(parents=True, exist_ok=True)
    part = PASSED / f"{key}.{os.getpid()}"
    part.write_text(json.dumps(what))
    part.rename(PASSED / key)


def forget_old():
    end = time.time() - KEPT_DAYS * 86400
    for file in PASSED.glob("*"):
        if file.stat().st_mtime < end:
            file.unlink(missing_ok=True)
