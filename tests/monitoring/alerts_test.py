#!/usr/bin/env python3
"""deploy/monitoring with promtool, and against the documents: every alert fires and does not fire, names its object, has a
runbook; every query of the dashboard is PromQL over series that exist.

usage: alerts_test.py"""
import json
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import yaml
from alert_cases import CASES
from checks import ROOT, check, finish, run
from monitoring import ALERTS, DASHBOARD, alerts, metric_names, queries

SEVERITIES = ("critical", "warning", "info")


def promtool(*arguments):
    return run("promtool", *arguments)


def written(folder, name, content):
    path = pathlib.Path(folder, name)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def check_rules():
    good, said = promtool("check", "rules", ALERTS)
    check("promtool check rules", None if good else said)
    names = [rule["alert"] for rule in alerts()]
    check("alerts have names of their own", sorted({name for name in names if names.count(name) > 1}))
    wrong = [rule["alert"] for rule in alerts() if rule["labels"].get("severity") not in SEVERITIES
             or not {"summary", "description", "runbook"} <= set(rule["annotations"])
             or rule["annotations"]["runbook"] != f"docs/runbooks.md#{rule['alert'].lower()}"]
    check("each has a severity, a summary, a description and its runbook", wrong)
    sections = re.findall(r"(?m)^## (CertSync\w+)$", (ROOT / "docs/runbooks.md").read_text())
    check("docs/runbooks.md has their sections, in order", None if sections == names else {"sections": sections, "alerts": names})


def check_cases():
    """By promtool test rules. Of the annotations only the summary is compared: it has to name the object."""
    rules = yaml.safe_load(ALERTS.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["annotations"] = {"summary": rule["annotations"]["summary"]}
    for alert, shows, series, at, wanted in CASES:
        with tempfile.TemporaryDirectory() as folder:
            test = {"rule_files": [str(written(folder, "rules.yaml", rules))], "evaluation_interval": "1m", "tests": [{
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "alert_rule_test": [{"eval_time": at, "alertname": alert, "exp_alerts": [
                    {"exp_labels": labels, "exp_annotations": {"summary": summary}} for labels, summary in wanted]}]}]}
            good, said = promtool("test", "rules", written(folder, "test.yaml", test))
        check(f"{alert}: {'fires' if wanted else 'quiet'}: {shows}", None if good else said)
    names = {rule["alert"] for rule in alerts()}
    check("every alert has a case in which it fires", names ^ {case[0] for case in CASES if case[4]})
    check("every alert has a case in which it is quiet", names ^ {case[0] for case in CASES if not case[4]})


def check_dashboard():
    with tempfile.TemporaryDirectory() as folder:
        rules = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"query:{number}", "expr": query} for number, (_, query) in enumerate(queries())]}]}
        good, said = promtool("check", "rules", written(folder, "queries.yaml", rules))
    check(f"dashboard: {len(queries())} queries are PromQL", None if good and len(queries()) > 30 else said)
    panels = json.loads(DASHBOARD.read_text())["panels"]
    ids = [panel["id"] for panel in panels]
    check("dashboard: ids are their own", None if len(ids) == len(set(ids)) else ids)
    check("dashboard: panels stay within the page", [panel["title"] for panel in panels
                                                     if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24])


def check_names():
    documented = set(re.findall(r"(?m)^\| `([a-z_]+)` \| (?:gauge|counter|histogram)", (ROOT / "docs/metrics.md").read_text()))
    asked = {"alerts": [rule["expr"] for rule in alerts()], "dashboard": [query for _, query in queries()]}
    for where, texts in asked.items():
        names = {re.sub(r"_(bucket|count|sum)$", "", name) for text in texts for name in metric_names(text)}
        check(f"{where}: {len(names)} names are those of docs/metrics.md", names - documented)


def everything():
    check_rules()
    check_cases()
    check_dashboard()
    check_names()


if __name__ == "__main__":
    finish(everything)
