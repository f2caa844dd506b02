#!/usr/bin/env python3
"""The kinds in crds/ against a real API server: what they take, refuse, default, show and keep.

usage: with_control_plane.sh crd_test.py

Installs crds/ and works in the namespace default; removes its own objects and leaves the kinds."""
import json
import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import PATIENCE, ROOT, check, finish, kubectl, must
from crd_cases import A, CHANGED, DEFAULTS, FULLEST, NESTED_DEFAULTS, REFUSED, S, SMALLEST, STATUS, TAKEN, TIME

PLURAL = {A: "netscalerappliances", S: "netscalercertsyncs"}
GROUP = "netscaler.certsync.io"


def merged(target, patch):
    """JSON merge patch, RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    out = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merged(out.get(key), value)
    return out


def manifest(kind, patch, name="case", **more):
    meta = {"name": name} if kind == A else {"name": name, "namespace": "default"}
    spec = merged(SMALLEST[kind], patch)
    return json.dumps({"apiVersion": GROUP + "/v1alpha1", "kind": kind, "metadata": meta, **more,
                       **({} if spec is None else {"spec": spec})})


def dry_run(kind, patch):
    # create, not apply: apply would copy the largest objects into an annotation.
    return kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=manifest(kind, patch))


def refusal(answer, expected):
    good, said = answer
    if good:
        return f"was taken; expected: {expected}"
    return None if expected in said else f"expected: {expected}\n     said: {said.strip()}"


# --- the schema as the API server has it ---------------------------------------------------------------------------


def walk(schema, path=""):
    """Every schema below this one, with its path."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from walk(inner, f"{path}.{name}")
    if "items" in schema:
        yield from walk(schema["items"], path + "[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from walk(schema["additionalProperties"], path + "{}")


def unbounded(schema):
    kind = schema.get("type")
    if kind == "string":
        return not any(key in schema for key in ("maxLength", "enum")) and schema.get("format") != "date-time"
    return (kind == "array" and "maxItems" not in schema) or (kind == "integer" and "minimum" not in schema) or (
        "additionalProperties" in schema and "maxProperties" not in schema)


def paths_in(value, path=""):
    """The schema paths that an object fills."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}"
            yield from paths_in(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths_in(inner, path + "[]")


def check_schema(kind, schema):
    known = [(path, s) for path, s in walk(schema) if path and path != ".metadata"]
    named = [(path, s) for path, s in known if not path.endswith(("[]", "{}"))]
    check(f"{kind}: every field has a description",
          [path for path, s in named if len(s.get("description", "").split()) < 2 and path != ".kind"])
    own = [(path, s) for path, s in known if path.startswith((".spec", ".status"))]
    check(f"{kind}: everything is bounded", [path for path, s in own if unbounded(s)])
    check(f"{kind}: every list says how it is merged",
          [path for path, s in own if s.get("type") == "array" and "x-kubernetes-list-type" not in s])
    check(f"{kind}: every rule has a message",
          [path for path, s in known for rule in s.get("x-kubernetes-validations", []) if not rule.get("message")])
    filled = {path for k, patch in FULLEST if k == kind for path in paths_in({"spec": merged(SMALLEST[k], patch)})}
    filled |= set(paths_in({"status": STATUS[kind]}))
    check(f"{kind}: the cases set every field",
          [path for path, _ in named if path.startswith((".spec.", ".status.")) and path not in filled])


def install():
    must("apply", "-f", str(ROOT / "crds"))
    for kind in (A, S):
        name = f"{PLURAL[kind]}.{GROUP}"
        good, said = kubectl("wait", "--for=condition=Established", f"crd/{name}", "--timeout=60s")
        check(f"{kind} is established", None if good else said)
        crd = json.loads(must("get", "crd", name, "-o", "json"))
        check(f"{kind} is structural", [c for c in crd["status"]["conditions"] if c["type"] == "NonStructuralSchema"])
        check_schema(kind, crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])


def eventually(ask):
    """The schemas of a new kind are published a moment after it is established."""
    end = time.monotonic() + PATIENCE
    answer = ask()
    while not answer[0] and time.monotonic() < end:
        answer = ask()
    return answer


def check_explain():
    for field in ("netscalercertsyncs.spec", "ncs.spec.certKey.name", "ncs.spec.bindings.role",
                  "ncs.spec.selector.matchExpressions.operator", "ncs.spec.verification.endpoints.address",
                  "ncs.spec.source.passwordSecretRef.key", "ncs.spec.deployWindows.windows.schedule",
                  "ncs.status.conditions.reason", "netscalerappliances.spec", "nsa.spec.grants.namespaces.from",
                  "nsa.spec.tls.fingerprints", "nsa.status.nextExpiry.notAfter"):
        good, said = eventually(lambda: kubectl("explain", field))
        empty = good and ("<empty>" in said or "DESCRIPTION:\n    \n" in said)
        check(f"kubectl explain {field}", None if good and not empty else said)


# --- objects ---------------------------------------------------------------------------------------------------------


def check_admission(pool):
    for (title, kind, patch), (good, said) in zip(TAKEN, pool.map(lambda case: dry_run(*case[1:]), TAKEN)):
        check(f"taken: {title}", None if good else said.strip())
    for case, answer in zip(REFUSED, pool.map(lambda case: dry_run(case[1], case[2]), REFUSED)):
        check(f"refused: {case[0]}", refusal(answer, case[3]))


def check_defaults(pool):
    for kind in (A, S):
        spec = json.loads(dry_run(kind, {})[1])["spec"]
        wanted = {**SMALLEST[kind], **DEFAULTS[kind]}
        check(f"defaults: {kind}", None if spec == wanted else f"{spec}, wanted {wanted}")
    cases = pool.map(lambda case: dry_run(case[0], case[1]), NESTED_DEFAULTS)
    for (kind, patch, where, wanted), (good, said) in zip(NESTED_DEFAULTS, cases):
        found = json.loads(said)["spec"].get(where) if good else said
        check(f"defaults: {kind} {patch}", None if found == wanted else f"{found}, wanted {wanted}")


def contains(whole, part):
    """Whether every value of part is in whole, at its place."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(contains, whole, part))
    return whole == part


def check_nothing_is_pruned(pool):
    answers = pool.map(lambda case: dry_run(*case), FULLEST)
    for number, ((kind, patch), (good, said)) in enumerate(zip(FULLEST, answers)):
        wanted = merged(SMALLEST[kind], patch)
        kept = good and contains(json.loads(said)["spec"], wanted)
        check(f"kept whole: fullest {kind} ({number})", None if kept else said)


def remove(kind, name):
    kubectl("delete", PLURAL[kind], name, "-n", "default", "--ignore-not-found", "--wait=false")


def check_change(number, case):
    title, kind, first, change, expected = case
    name = f"change-{number}"
    remove(kind, name)
    good, said = kubectl("create", "-f", "-", stdin=manifest(kind, first, name))
    if not good:
        return title, said.strip()
    answer = kubectl("patch", PLURAL[kind], name, "-n", "default", "--type=merge", "--dry-run=server", "-p",
                     json.dumps({"spec": change}))
    remove(kind, name)
    if expected is None:
        return title, None if answer[0] else answer[1].strip()
    return title, refusal(answer, expected)


def check_changes(pool):
    for title, problem in pool.map(lambda pair: check_change(*pair), enumerate(CHANGED)):
        check(f"changed: {title}", problem)


# --- status, columns, names ------------------------------------------------------------------------------------------

COLUMNS = {
    A: (["NAME", "READY", "PRIMARY", "VERSION", "CERTKEYS", "NEXT-EXPIRY", "AGE"], [],
        ["status", "True", "https://192.0.2.10", "14.1-43.50", "0", TIME]),
    S: (["NAME", "READY", "SECRET", "TARGETS", "EXPIRES", "AGE"], ["STATUS", "VERIFIED"],
        ["status", "True", "www-tls", "1/1", "9999-12-31T23:59:59Z"]),
}


def check_status(kind):
    def get():
        return json.loads(must("get", PLURAL[kind], "status", "-n", "default", "-o", "json"))

    remove(kind, "status")
    must("create", "-f", "-", stdin=manifest(kind, {}, "status", status=STATUS[kind]))
    check(f"{kind}: a status given at creation is dropped", get().get("status"))
    change = {"spec": {"suspend": True}, "status": STATUS[kind]}
    must("patch", PLURAL[kind], "status", "-n", "default", "--type=merge", "--subresource=status", "-p",
         json.dumps(change))
    now = get()
    lost = None if now["status"] == STATUS[kind] else now["status"]
    check(f"{kind}: the status subresource keeps all that the operator writes", lost)
    check(f"{kind}: the status subresource changes no spec and no generation",
          now["spec"]["suspend"] or now["metadata"]["generation"] != 1)
    must("patch", PLURAL[kind], "status", "-n", "default", "--type=merge", "-p",
         json.dumps({"spec": {"suspend": True}, "status": {"observedGeneration": 7}}))
    now = get()
    check(f"{kind}: a change of the spec counts up the generation and changes no status",
          now["metadata"]["generation"] != 2 or now["status"] != STATUS[kind])


def rows(*args):
    return [line.split() for line in must("get", *args).splitlines()]


def check_names_and_columns(kind, short):
    usual, wide, cells = COLUMNS[kind]
    head, row = rows(short, "status", "-n", "default")
    check(f"{kind}: columns", None if head == usual else head)
    check(f"{kind}: cells", None if row[:len(cells)] == cells else row)
    head = rows(short, "status", "-n", "default", "-o", "wide")[0]
    wanted = usual[:-1] + wide + usual[-1:]
    check(f"{kind}: wide columns", None if head == wanted else head)
    listed = must("get", "certsync", "-n", "default", "-o", "name")
    check(f"{kind}: category certsync", None if f"{kind.lower()}.{GROUP}/status" in listed else listed)


def check_field_selectors():
    for kind, field in ((S, "spec.secretRef.name=www-tls"), (A, "spec.credentialsSecretRef.name=edge-nitro")):
        for operator, wanted in (("=", True), ("!=", False)):
            selector = field.replace("=", operator)
            found = must("get", PLURAL[kind], "-n", "default", "-o", "name", "--field-selector", selector)
            check(f"{kind}: --field-selector {selector}", None if ("/status" in found) == wanted else found)


def check_examples():
    for file in ("appliances.yaml", "www.yaml"):
        good, said = kubectl("create", "--dry-run=server", "-f", str(ROOT / "deploy/examples" / file))
        check(f"example {file}", None if good else said.strip())


def everything():
    install()
    check_explain()
    with ThreadPoolExecutor(4) as pool:
        check_admission(pool)
        check_defaults(pool)
        check_nothing_is_pruned(pool)
        check_changes(pool)
    for kind, short in ((A, "nsa"), (S, "ncs")):
        check_status(kind)
        check_names_and_columns(kind, short)
    check_field_selectors()
    check_examples()
    for kind in (A, S):
        remove(kind, "status")


if __name__ == "__main__":
    finish(everything)
