#!/usr/bin/env python3
"""A real Prometheus scrapes the operator by TLS, with a certificate of its own; the operator works on a simulated appliance by a real
API server. Nothing fires while all is well, provoked faults fire their alerts, every series of alerts and dashboard is there.

usage: with_control_plane.sh live_test.py"""
import http.client
import json
import pathlib
import re
import ssl
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import yaml
from checks import ROOT, check, finish, must, run, wait_for_kinds
from monitoring import ALERTS, alerts, metric_names, queries
from stack import BIN, OWN, Authority, Operator, Prometheus, Simulator, apply, fetch, until

# Panels that are empty while all is well, or in the first minute.
EMPTY = {"Not ready, and why", "NITRO errors by code", "Certkeys that nobody renews here"}


def impatient_rules(folder):
    """The alerts as they are, but for the time that they wait."""
    rules = yaml.safe_load(ALERTS.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
    path = pathlib.Path(folder, "rules.yml")
    path.write_text(yaml.safe_dump(rules))
    return path


def install():
    must("apply", "-f", str(ROOT / "crds"))
    wait_for_kinds()
    must("apply", "-k", str(ROOT / "deploy/cluster-wide"))


def give_work(box):
    """An appliance that is looked at every 5 s, and a certificate bound there."""
    apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "edge-nitro", "namespace": OWN},
           "type": "kubernetes.io/basic-auth", "stringData": {"username": box.USER, "password": box.PASSWORD}},
          {"apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerAppliance", "metadata": {"name": "edge"},
           "spec": {"endpoints": [box.nitro], "credentialsSecretRef": {"name": "edge-nitro"},
                    "tls": {"fingerprints": [box.fingerprint]}, "resyncPeriod": "5s", "requestTimeout": "5s",
                    "grants": [{"namespaces": {"from": "All"}, "targets": ["*"]}]}},
          {"apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerCertSync",
           "metadata": {"name": "www", "namespace": "default"},
           "spec": {"secretRef": {"name": "www-tls"}, "appliances": [{"name": "edge"}],
                    "bindings": [{"virtualServer": "vs_www", "role": "default"}]}})
    must("wait", "--for=condition=Ready", "ncs/www", "--timeout=60s")


def check_series(operator, tls):
    certificate, key, authority = tls
    client = ssl.create_default_context(cafile=authority)
    try:
        fetch(f"https://{operator.metrics}/metrics", tls=client)
        check("without a certificate nobody reads them", "they were served")
    except (OSError, http.client.HTTPException):
        check("without a certificate nobody reads them", None)
    client.load_cert_chain(certificate, key)
    text = fetch(f"https://{operator.metrics}/metrics", tls=client)
    there = set(re.findall(r"(?m)^([a-z_]+)(?:\{| )", text))
    wanted = {name for rule in alerts() for name in metric_names(rule["expr"])}
    wanted |= {name for _, query in queries() for name in metric_names(query)}
    check(f"{len(wanted)} series of alerts and dashboard are served", wanted - there)
    good, said = run("promtool", "check", "metrics", stdin=text)
    check("promtool check metrics", None if good else said)


def check_inventory():
    """The command, as a person with a kubeconfig types it, sees the same as the operator."""
    good, said = run(BIN / "certsync", "inventory", "-o", "json", "--allow-loopback-probes")
    rows = json.loads(said[:said.rindex("}") + 1])["appliances"][0]["certKeys"] if good else said
    wanted = {"name": "default_www-tls", "managed": True}
    check("certsync inventory by the cluster", None if good and [row["name"] for row in rows] == [wanted["name"]]
          and rows[0]["managed"] and [one["served"] for one in rows[0]["served"]] == ["yes"] else rows)


def has_evaluated(prometheus, times):
    """So often since the target was first seen."""
    rounds = set()

    def look():
        if not prometheus.query("certsync_build_info"):
            return False
        rounds.update(group["lastEvaluation"] for group in (prometheus.ask("rules") or {"groups": []})["groups"])
        return len(rounds) > times * 4
    return look


def check_quiet(prometheus):
    until(has_evaluated(prometheus, 3), "Prometheus evaluates the rules")
    check("nothing fires while all is well", prometheus.firing())
    broken = [rule["name"] + ": " + rule["lastError"] for group in prometheus.ask("rules")["groups"]
              for rule in group["rules"] if rule.get("lastError")]
    check("every rule can be evaluated", broken)


def check_panels(prometheus):
    empty = {title for title, query in queries() if not prometheus.query(query.replace("[5m]", "[1m]"))}
    check(f"{len(queries())} queries of the dashboard are answered, with data", sorted(empty - EMPTY))


def check_fires(prometheus, alert, **labels):
    def look():
        return [one for one in prometheus.firing() if one["alertname"] == alert]
    found = until(look, f"{alert} fires")
    check(f"{alert} fires", None if any(labels.items() <= one.items() for one in found) else found)


def everything():
    with tempfile.TemporaryDirectory() as folder:
        install()
        authority = Authority(folder)
        authority.write_secret()
        reader = authority.files("prometheus")
        flags = [f"--metrics-tls-{name}={file}" for name, file in
                 zip(("cert-file", "key-file", "client-ca-file"), authority.files("metrics", subject_names="IP:127.0.0.1"))]
        with Simulator(folder) as box, Operator(folder, "run", *flags) as operator:
            give_work(box)
            check_series(operator, reader)
            check_inventory()
            with Prometheus(folder, operator.metrics, impatient_rules(folder), reader) as prometheus:
                check_quiet(prometheus)
                until(lambda: len(prometheus.query("certsync_build_info[1m]")[0]["values"]) > 5, "some scrapes")
                check_panels(prometheus)

                # The virtual server goes on serving what it has, whatever is updated.
                box.set_manner("vs_www", "stubborn")
                authority.write_secret()
                check_fires(prometheus, "CertSyncServedCertificateWrong", namespace="default", name="www",
                            appliance="edge", severity="critical", endpoint=box.box["endpoints"]["vs_www"])
                box.set_manner("vs_www", "honest")
                until(lambda: not prometheus.firing(), "it is quiet again")
                check("it is quiet again", prometheus.firing())

                box.end()
                check_fires(prometheus, "CertSyncApplianceUnreachable", name="edge", severity="warning")
                operator.end()
                check_fires(prometheus, "CertSyncOperatorDown", severity="critical")


if __name__ == "__main__":
    finish(everything)
