#!/usr/bin/python3
"""Makes what is kept twice: copies in the chart, the alerts as a PrometheusRule, the table of the chart's values.

usage: generate.py [--check]      --check writes nothing: what differs goes to stdout, and the exit code is 1"""
import json
import pathlib
import re
import sys

import yaml

TOP = pathlib.Path(__file__).resolve().parents[1]
CHART = TOP / "helm/netscaler-cert-sync"
BEGIN, END = "<!-- values: made by ./dev generate -->\n", "<!-- end of values -->\n"


def copies():
    """The chart has to hold all that it installs."""
    for crd in sorted((TOP / "crds").glob("*.yaml")):
        yield CHART / "files/crds" / crd.name, crd.read_text()
    for name in ("alerts.yaml", "dashboard.json"):
        yield CHART / "files" / name, (TOP / "deploy/monitoring" / name).read_text()


def prometheus_rule():
    """The same rules for the Prometheus Operator."""
    head = ("# Made of alerts.yaml by ./dev generate. Give it the labels that your Prometheus selects by.\n"
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: netscaler-cert-sync\n"
            "  namespace: netscaler-cert-sync\n  labels:\n    app.kubernetes.io/name: netscaler-cert-sync\nspec:\n")
    alerts = (TOP / "deploy/monitoring/alerts.yaml").read_text()
    rules = alerts[alerts.index("groups:"):]
    yield TOP / "deploy/monitoring/prometheus_rule.yaml", head + re.sub(r"(?m)^(?=.)", "  ", rules)


def value_rows(text):
    """(path, comment) of each documented value. A documented map is one row; what has no comment must be a map."""
    comment, path = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*#", line):
            comment.append(line.strip().lstrip("# "))
            continue
        key = re.match(r"( *)([\w-]+):(.*)", line)
        if not key:
            comment = []
            continue
        depth = len(key[1]) // 2
        path = path[:depth]
        inside = any(documented for _, documented in path)
        path.append((key[2], bool(comment)))
        if comment:
            yield ".".join(name for name, _ in path), " ".join(comment)
        elif not inside and key[3].strip():
            raise SystemExit(f"values.yaml:{number}: {key[2]} has no comment")
        comment = []


def value_at(values, path):
    for name in path.split("."):
        values = values[name]
    return values


def readme():
    """The table of values in the chart's README."""
    text = (CHART / "values.yaml").read_text()
    values = yaml.safe_load(text)
    rows = ["| Value | Default | Meaning |\n| --- | --- | --- |\n"]
    for path, comment in value_rows(text):
        default = json.dumps(value_at(values, path), separators=(",", ":")).replace("|", "\\|")
        rows.append(f"| `{path}` | `{default}` | {comment} |\n")
    before, _, rest = (CHART / "README.md").read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    yield CHART / "README.md", before + BEGIN + "".join(rows) + END + after


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    stale = []
    for make in (copies, prometheus_rule, readme):
        for path, text in make():
            if path.exists() and path.read_text() == text:
                continue
            stale.append(path.relative_to(TOP))
            if not sys.argv[1:]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    for path in stale:
        print(f"{path}: {'is not what ./dev generate makes' if sys.argv[1:] else 'made'}")
    sys.exit(1 if stale and sys.argv[1:] else 0)


if __name__ == "__main__":
    main()
