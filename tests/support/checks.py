"""What the tests in Python share: one line a case, kubectl of the PATH, YAML documents."""
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds for one program, on a busy machine
passed, failed = 0, 0


def check(title, problem):
    """One line a case; no problem is a pass."""
    global passed, failed
    print(f"{'FAIL' if problem else 'ok  '} {title}" + (f"\n     {problem}" if problem else ""), flush=True)
    passed, failed = (passed, failed + 1) if problem else (passed + 1, failed)


def finish(everything):
    """Runs it and ends the program: 0 only if something was checked and nothing failed."""
    try:
        everything()
    except RuntimeError as error:
        check("every step could be made", str(error))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


def run(*command, stdin=None, patience=PATIENCE, **more):
    """Whether it succeeded, and all that it said on success, or why not."""
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True, timeout=patience,
                          **more)
    good = done.returncode == 0
    return good, done.stdout if good else done.stderr + done.stdout


def must_run(*command, stdin=None, **more):
    good, said = run(*command, stdin=stdin, **more)
    if not good:
        raise RuntimeError(f"{' '.join(str(part) for part in command)}: {said}")
    return said


def kubectl(*args, stdin=None):
    return run("kubectl", *args, stdin=stdin)


def must(*args, stdin=None):
    return must_run("kubectl", *args, stdin=stdin)


def documents(text):
    """The objects of a stream of YAML."""
    return [document for document in yaml.safe_load_all(text) if document]


def wait_for_kinds():
    must("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")


def restricted_problem(template, namespace):
    """Why a Pod of this template is refused in a namespace that enforces Pod Security."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod", "namespace": namespace},
           "spec": template["spec"]}
    good, said = kubectl("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod))
    return None if good else said
