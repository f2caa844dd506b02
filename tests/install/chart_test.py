#!/usr/bin/env python3
"""The chart with a real helm: what comes of values, what is refused, the same as deploy/, taken by a real API server,
installed, upgraded and uninstalled.

usage: with_control_plane.sh chart_test.py"""
import json
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from chart_cases import OWN, REFUSED, RENDERED, SAME_AS_DEPLOY
from checks import ROOT, check, documents, finish, kubectl, must, must_run, restricted_problem, run, wait_for_kinds

CHART = ROOT / "helm/netscaler-cert-sync"
CRDS = ROOT / "crds"
BUILD = ROOT / "tests/cluster/build.sh"
# What Helm says of itself on every object.
OF_HELM = {"helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance", "app.kubernetes.io/version"}


def build(what):
    return pathlib.Path(must_run(BUILD, what).strip())


HELM = build("helm") / "helm"


def with_values(values, *command):
    """helm COMMAND with these values."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        return run(HELM, *command, "--values", file.name)


def render(values):
    good, said = with_values(values, "template", OWN, CHART, "--namespace", OWN)
    if not good:
        raise RuntimeError(f"{values}: {said}")
    return said


def key_of(thing):
    """kind/name, with the namespace between where it is not the operator's own."""
    space = thing["metadata"].get("namespace", OWN)
    return "/".join([thing["kind"], *([] if space == OWN else [space]), thing["metadata"]["name"]])


def value_at(thing, path):
    for part in path.split("."):
        thing = thing[int(part)] if isinstance(thing, list) and part.isdigit() else (thing or {}).get(part)
    return thing


def label_at(thing, path):
    """metadata.labels.a/b.c: the rest of the path is one key."""
    head, _, key = path.partition("metadata.labels.")
    return value_at(thing, head + "metadata.labels").get(key) if key else value_at(thing, path)


def check_rendering(case):
    good, said = with_values(case.values, "lint", "--strict", CHART)
    check(f"{case.name}: lint", None if good else said)
    made = {key_of(thing): thing for thing in documents(render(case.values))}
    check(f"{case.name}: objects", None if set(made) == case.objects else
          {"missing": case.objects - set(made), "too many": set(made) - case.objects})
    wrong = [f"{key} {path}: {label_at(made.get(key), path)!r}, wanted {value!r}" for key, wanted in case.at.items()
             for path, value in wanted.items() if label_at(made.get(key), path) != value]
    check(f"{case.name}: values arrive", wrong)
    notes = with_values(case.values, "install", OWN, CHART, "--namespace", OWN, "--dry-run=client")[1]
    check(f"{case.name}: notes", [word for word in case.says if word not in " ".join(notes.split())])


def check_refused():
    for values, word in REFUSED:
        good, said = with_values(values, "template", OWN, CHART)
        check(f"refused: {json.dumps(values)}", None if not good and word in said else said or "it was taken")


def check_rules():
    """What prometheusRules changes."""
    case = next(case for case in RENDERED if case.name == "all of it")
    rule = next(thing for thing in documents(render(case.values)) if thing["kind"] == "PrometheusRule")
    rules = {one["alert"]: one for group in rule["spec"]["groups"] for one in group["rules"] if "alert" in one}
    groups = [group["name"] for group in rule["spec"]["groups"]]
    source = {one["alert"]: one for group in documents((ROOT / "deploy/monitoring/alerts.yaml").read_text())[0]["groups"]
              for one in group["rules"]}
    check("rules: all but the disabled one", set(source) - set(rules) ^ {"CertSyncFailover"})
    check("rules: more groups", None if groups[-1] == "mine" else groups)
    expected = {
        "CertSyncCertificateRenewalOverdue": ("21 * 86400", "1h", "warning"),
        "CertSyncUnmanagedCertKeyExpiring": ("21 * 86400", "1h", "warning"),
        "CertSyncCertificateExpiring": ("< 7 * 86400", "15m", "critical"),
        "CertSyncDrifted": ("Drifted", "5m", "critical"),
    }
    check("rules: days, for and severity", [f"{name}: {rules[name]}" for name, (part, how_long, severity) in
                                            expected.items() if part not in rules[name]["expr"]
                                            or rules[name]["for"] != how_long
                                            or rules[name]["labels"] != {"severity": severity, "team": "edge"}])
    check("rules: runbook_url", [name for name, one in rules.items() if one["annotations"].get("runbook_url")
                                 != "https://runbooks.example/certsync#" + name.lower()])


def check_crds():
    """The chart's kinds are the bytes of crds/, as a file and as rendered."""
    ours = {path.name: path.read_bytes() for path in CRDS.glob("*.yaml")}
    theirs = {path.name: path.read_bytes() for path in (CHART / "files/crds").glob("*.yaml")}
    check("crds: the same bytes", None if ours and ours == theirs else f"{sorted(ours)}, {sorted(theirs)}")
    rendered = render({"crds": {"keep": False}})
    check("crds: rendered as they are", [name for name, text in ours.items() if text.decode().strip() not in rendered])
    good, said = run(ROOT / "deploy/generate.py", "--check")
    check("./dev generate would change nothing", None if good else said)


def bare(thing):
    """Without what Helm adds, without the empty parts."""
    if isinstance(thing, dict):
        kept = {key: bare(value) for key, value in thing.items() if key not in OF_HELM}
        return {key: value for key, value in kept.items() if value not in ({}, [], None)}
    return [bare(one) for one in thing] if isinstance(thing, list) else thing


def kustomized(bases, components):
    with tempfile.TemporaryDirectory(dir=ROOT / "deploy", prefix=".test-") as folder:
        text = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
                "resources": ["../" + base for base in bases], "components": ["../" + one for one in components]}
        pathlib.Path(folder, "kustomization.yaml").write_text(json.dumps(text))
        return {key_of(thing): bare(thing) for thing in documents(must("kustomize", folder))}


def check_same_as_deploy():
    for bases, components, values in SAME_AS_DEPLOY:
        plain = kustomized(bases, components)
        # Helm makes no namespaces with labels; docs say how.
        plain.pop(f"Namespace/{OWN}")
        chart = {key_of(thing): bare(thing) for thing in documents(render(values))}
        title = f"deploy/{'+'.join(bases + components)} is the chart"
        check(f"{title}: objects", set(plain) ^ set(chart))
        for key in sorted(set(plain) & set(chart)):
            check(f"{title}: {key}", None if plain[key] == chart[key] else f"{plain[key]}\n     {chart[key]}")


def check_api_server():
    """Every rendering is taken by the API server, and every Pod by Pod Security."""
    must("apply", "--server-side", "-f", str(build("prometheus-operator")))
    must("apply", "-f", str(CRDS))
    wait_for_kinds()
    for space in (OWN, "team-a", "team-b"):
        kubectl("create", "namespace", space)
    must("label", "namespace", OWN, "pod-security.kubernetes.io/enforce=restricted")
    for case in RENDERED:
        text = render(case.values)
        good, said = kubectl("apply", "--dry-run=server", "-f", "-", stdin=text)
        check(f"{case.name}: taken by the API server", None if good else said)
        template = next(thing for thing in documents(text) if thing["kind"] == "Deployment")["spec"]["template"]
        check(f"{case.name}: Pod Security restricted", restricted_problem(template, OWN))
    must("delete", "-f", str(CRDS))


def check_life():
    """Installed, upgraded, uninstalled; the kinds stay, and the resources with them."""
    release = ("--namespace", OWN)
    must_run(HELM, "install", OWN, CHART, *release)
    wait_for_kinds()
    check("installed", None if len(must("get", "deployment,sa,pdb,svc,lease", "-n", OWN, "-o", "name").split()) >= 4
          else "objects are missing")
    must("apply", "-f", str(ROOT / "deploy/examples/www.yaml"))
    must_run(HELM, "upgrade", OWN, CHART, *release, "--set", "logLevel=debug,watchNamespaces={team-a}")
    arguments = json.loads(must("get", "deployment", OWN, "-n", OWN, "-o", "json"))
    check("upgraded", None if "--log-level=debug" in arguments["spec"]["template"]["spec"]["containers"][0]["args"]
          else arguments)
    check("rights follow the values", None if not kubectl("get", "clusterrole", OWN)[0] else "a ClusterRole stays")
    must_run(HELM, "uninstall", OWN, *release)
    check("uninstalled", kubectl("get", "deployment", "-n", OWN, "-o", "name")[1].strip() or None)
    check("the kinds and resources stay", None if kubectl("get", "ncs", "www")[0] else "they are gone")
    good, said = run(HELM, "install", OWN, CHART, *release)
    check("installed again over the kinds that stayed", None if good else said)
    must_run(HELM, "uninstall", OWN, *release)
    must("delete", "-f", str(ROOT / "deploy/examples/www.yaml"))
    check_foreign_kinds(release)


def check_foreign_kinds(release):
    """Kinds that were applied by hand are somebody else's to Helm; without the chart's own it installs."""
    must("delete", "-f", str(CRDS))
    must("apply", "-f", str(CRDS))
    good, said = run(HELM, "install", OWN, CHART, *release)
    check("kinds of somebody else are refused", None if not good and "ownership" in said else said)
    run(HELM, "uninstall", OWN, *release)
    good, said = run(HELM, "install", OWN, CHART, *release, "--set", "crds.enabled=false")
    check("and left alone with crds.enabled=false", None if good else said)
    must_run(HELM, "uninstall", OWN, *release)


def check_versions():
    """One version, wherever it stands."""
    places = {"CMakeLists.txt": r"project\(netscaler-cert-sync VERSION (\S+)", "Dockerfile": r"ARG VERSION=(\S+)",
              "helm/netscaler-cert-sync/Chart.yaml": r"(?m)^version: (\S+)",
              "helm/netscaler-cert-sync/Chart.yaml ": r"(?m)^appVersion: (\S+)",
              "deploy/base/deployment.yaml": r"image: netscaler-cert-sync:(\S+)"}
    found = {place: re.search(pattern, (ROOT / place.strip()).read_text()) for place, pattern in places.items()}
    versions = {place: match[1] if match else None for place, match in found.items()}
    check("one version everywhere", None if len(set(versions.values())) == 1 and None not in versions.values() else versions)


def check_package():
    with tempfile.TemporaryDirectory() as folder:
        must_run(HELM, "package", CHART, "--destination", folder)
        archive = next(pathlib.Path(folder).glob("*.tgz"))
        check("packaged, it renders the same", None if must_run(HELM, "template", OWN, archive, "--namespace", OWN)
              == render({}) else "another rendering")


def everything():
    for case in RENDERED:
        check_rendering(case)
    check_refused()
    check_rules()
    check_crds()
    check_same_as_deploy()
    check_versions()
    check_package()
    check_api_server()
    check_life()


if __name__ == "__main__":
    finish(everything)
