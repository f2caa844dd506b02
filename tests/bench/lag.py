#!/usr/bin/env python3
"""Renewals, one at a time: from the moment the API server has taken the Secret to the moment the appliance serves it. Beside
it the limit: the same NITRO requests, one after the other, by a bare client over one warm connection.

The simulator's log says when it got and answered each request, by the clock that we read too. It serves a certificate from
the answer to `sslcertkey?action=update` on; a handshake afterwards makes sure of that.

usage: with_control_plane.sh lag.py [--runs N] [--quick]"""
import argparse
import base64
import http.client
import json
import math
import os
import pathlib
import socket
import ssl
import statistics
import tempfile
import time

import yaml
from bed import (Appliance, Certsync, account_kubeconfig, apply, cert_sync, free_port, give_appliance, install, pause, row, say,
                 soon)
from stack import Authority, Simulator, fetch

# So many of one certkey come before UpdateThrottled.
RENEWALS_OF_ONE = 3
UPDATE = "sslcertkey?action=update"


class Api:
    """One warm connection to the API server, as the administrator."""

    def __init__(self):
        config = yaml.safe_load(pathlib.Path(os.environ["KUBECONFIG"]).read_text())
        pki = pathlib.Path(os.environ["KUBECONFIG"]).parent / "pki"
        tls = ssl.create_default_context(cafile=pki / "ca.crt")
        tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        self.connection = http.client.HTTPSConnection(config["clusters"][0]["cluster"]["server"].removeprefix("https://"),
                                                      context=tls)

    def write_secret(self, name, pair):
        """When the server had taken it, in µs since 1970."""
        data = {key: base64.b64encode(text.encode()).decode() for key, text in zip(("tls.crt", "tls.key"), pair)}
        self.connection.request("PATCH", f"/api/v1/namespaces/default/secrets/{name}", json.dumps({"data": data}),
                                {"Content-Type": "application/merge-patch+json"})
        answer = self.connection.getresponse()
        answer.read()
        taken = time.time_ns() // 1000
        if answer.status != 200:
            raise RuntimeError(f"Secret {name}: {answer.status}")
        return taken


def log_of(box):
    return [json.loads(line) for line in fetch(box.box["control"] + "/log").splitlines()]


def clear_log(box):
    connection = http.client.HTTPConnection(box.box["control"].removeprefix("http://"))
    connection.request("DELETE", "/log")
    connection.getresponse().read()
    connection.close()


def pass_after(box):
    """All requests of the pass that updates, once it has saved and cleaned up."""
    soon(lambda: any("nsconfig?action=save" in one["target"] for one in log_of(box)), "a pass ends", step=0.05)
    last = []
    while len(now := log_of(box)) != len(last):
        last = now
        pause(0.1)
    return last


def busy_us(requests, begin, end):
    """How much of that time at least one request was being answered."""
    spans = sorted((max(begin, one["unix_us"] - one["took_us"]), min(end, one["unix_us"])) for one in requests)
    total, until = 0, begin
    for start, stop in spans:
        total += max(0, stop - max(start, until))
        until = max(until, stop)
    return total


def leaf_served(box, name):
    """DER of the leaf."""
    host, port = box.box["endpoints"]["vs_shop"].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        with tls.wrap_socket(raw, server_hostname=name + ".example.com") as connection:
            return connection.getpeercert(binary_form=True)


def renew(api, box, name, pair):
    """ms to the first request, to being served, and the part of that in which the appliance had nothing to do."""
    clear_log(box)
    taken = api.write_secret(name, pair)
    requests = pass_after(box)
    update = next(one for one in requests if UPDATE in one["target"])
    served = update["unix_us"]
    if leaf_served(box, name) != ssl.PEM_cert_to_DER_cert(pair[0]):
        raise RuntimeError(f"{name}: the renewed certificate is not served")
    before = [one for one in requests if one["unix_us"] <= served]
    first = min(one["unix_us"] - one["took_us"] for one in requests)
    added = served - taken - busy_us(before, taken, served)
    return (first - taken) / 1e3, (served - taken) / 1e3, added / 1e3, before


class BareClient:
    """The limit: what the operator asked of one appliance, asked of another one by a client that knows it beforehand."""

    def __init__(self, box):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        self.connection = http.client.HTTPSConnection(box.nitro.removeprefix("https://"), context=tls)
        login = {"login": {"username": box.USER, "password": box.PASSWORD, "timeout": 900}}
        self.headers = {"Content-Type": "application/json"}
        token = json.loads(self.ask("POST", "/nitro/v1/config/login", json.dumps(login)))["sessionid"]
        self.headers["Cookie"] = f"NITRO_AUTH_TOKEN={token}"

    def ask(self, method, target, body):
        self.connection.request(method, target, body or None, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {target}: {answer.status} {text.decode()}")
        return text

    def post(self, resource, **members):
        self.ask("POST", "/nitro/v1/config/" + resource, json.dumps({resource: members}))

    def install(self, name, pair):
        """The same certkey as on the operator's appliance."""
        certkey, files = "default_" + name, [name + suffix for suffix in (".pem", ".key")]
        for file, text in zip(files, pair):
            self.post("systemfile", filename=file, filelocation="/nsconfig/ssl/", fileencoding="BASE64",
                      filecontent=base64.b64encode(text.encode()).decode())
        self.post("sslcertkey", certkey=certkey, cert=files[0], key=files[1])
        self.post("sslvserver_sslcertkey_binding", vservername="vs_shop", certkeyname=certkey, snicert=True)

    def replay(self, requests, pair):
        """ms. The log has left out what was in the two files."""
        bodies = []
        contents = iter(pair)
        for one in requests:
            body = one["body"]
            if '"filecontent"' in body:
                upload = json.loads(body)
                upload["systemfile"]["filecontent"] = base64.b64encode(next(contents).encode()).decode()
                body = json.dumps(upload)
            bodies.append((one["method"], one["target"], body))
        begin = time.monotonic()
        for method, target, body in bodies:
            self.ask(method, target, body)
        return (time.monotonic() - begin) * 1e3


def percentile(values, share):
    """The smallest that is not exceeded by that share of them."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def prepare(folder, count, renewals):
    """Certificates enough for all, by name; the first of each is in its Secret."""
    authority = Authority(folder)
    names = [f"lag-{i:03}" for i in range(count)]
    pairs = {name: [authority.issue(name + ".example.com") for _ in range(renewals + 1)] for name in names}
    apply(*({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "default"},
             "type": "kubernetes.io/tls", "stringData": dict(zip(("tls.crt", "tls.key"), pairs[name][0]))}
            for name in names), *map(cert_sync, names))
    return pairs


def measure(box, client, pairs, runs, each):
    api, everything = Api(), []
    queue = [(name, pairs[name][turn + 1]) for turn in range(RENEWALS_OF_ONE) for name in pairs]
    for run in range(runs):
        lags = []
        limits = []
        for name, pair in queue[run * each:(run + 1) * each]:
            *lag, requests = renew(api, box, name, pair)
            lags.append(lag)
            limits.append(client.replay(requests, pair))
        everything += lags
        for figure, values in zip(("write to first request", "write to served", "added by us"), zip(*lags)):
            row(f"Renewal: {figure}, p50", "us", "ms", statistics.median(values), run)
        row("Renewal: write to served, p50", "limit", "ms", statistics.median(limits), run)
        say(f"run {run}: {len(lags)} renewals, served after {statistics.median(lag[1] for lag in lags):.1f} ms")
    added = [lag[2] for lag in everything]
    row("Renewal: added by us, p99", "us", "ms", percentile(added, 0.99))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    each = 10 if options.quick else max(42, math.ceil(210 / options.runs))
    with tempfile.TemporaryDirectory() as folder:
        install()
        pairs = prepare(folder, math.ceil(each * options.runs / RENEWALS_OF_ONE), RENEWALS_OF_ONE)
        kubeconfig = account_kubeconfig(folder)
        with Simulator(folder, "other") as other, Appliance(folder, free_port()) as box, \
                Certsync(folder, "--kubeconfig", kubeconfig):
            client = BareClient(other)
            for name in pairs:
                client.install(name, pairs[name][0])
            give_appliance(box, resyncPeriod="1h")
            box.quiet(at_least=4 * len(pairs))
            measure(box, client, pairs, options.runs, each)


if __name__ == "__main__":
    main()
