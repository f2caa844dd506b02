"""What the tests of deploy/monitoring share: its alerts, the dashboard's queries, the series that they ask for."""
import json
import re

import yaml
from checks import ROOT

ALERTS = ROOT / "deploy/monitoring/alerts.yaml"
DASHBOARD = ROOT / "deploy/monitoring/dashboard.json"


def alerts():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def queries():
    """(panel, query) with Grafana's variables filled in, those of the variables included."""
    board = json.loads(DASHBOARD.read_text())
    found = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel.get("targets", [])]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            found.append((variable["name"], re.fullmatch(r"label_values\((\w+), \w+\)", variable["definition"])[1]))
    return [(title, query.replace("$__rate_interval", "5m").replace("$namespace", ".*").replace("$appliance", ".*"))
            for title, query in found]


def metric_names(query):
    """Names of series in a query: words with an underscore that are neither labels, functions, nor quoted."""
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    return {name for name in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b(?!\s*\()", bare)}
