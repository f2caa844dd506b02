"""Programs for tests in Python: the simulated appliance, the operator under its own account, Prometheus. Each takes a free
port and tells it."""
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import yaml
from checks import ROOT, must, must_run

OWN = "netscaler-cert-sync"
PATIENCE = 60  # seconds until something has happened, on a busy machine
BIN = pathlib.Path(os.environ.get("CERTSYNC_BIN", ROOT / "build/bin"))


def until(condition, what, seconds=PATIENCE):
    """The first answer of `condition` that is true."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds} s: {what}")
        threading.Event().wait(0.05)


def fetch(url, body=None, tls=None):
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10, context=tls) as answer:
        return answer.read().decode()


class Program:
    """Runs until the end of the with block."""

    def __init__(self, folder, name, *command, env=None):
        self.name, self.out, self.log = name, pathlib.Path(folder, name + ".out"), pathlib.Path(folder, name + ".log")
        with self.out.open("w") as out, self.log.open("w") as log:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                            env=None if env is None else {**os.environ, **env})
        try:
            self.started()
        except BaseException:
            self.end(signal.SIGKILL)
            raise

    def started(self):
        """Waits until it can be used, and reads what it tells."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self, pattern):
        """What the log says, as soon as it says it."""
        def look():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} has ended: {self.log.read_text()[-2000:]}")
            return re.search(pattern, self.log.read_text())
        try:
            return until(look, f"{self.name} says {pattern}")
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self.log.read_text()[-2000:]}") from None


class Simulator(Program):
    USER, PASSWORD = "certsync", "sim-password"

    def __init__(self, folder, name="edge", *options):
        super().__init__(folder, name, BIN / "nitro-sim", "--user", self.USER, "--password", self.PASSWORD,
                         "--vserver", "vs_www", "--vserver", "vs_shop:sni", *options)

    def started(self):
        until(lambda: self.out.read_text().endswith("\n"), "the simulator starts")
        self.box = json.loads(self.out.read_text())["appliances"][0]
        self.nitro, self.fingerprint = self.box["nitro"], self.box["fingerprint"]

    def set_manner(self, vserver, manner):
        fetch(self.box["control"] + "/manner", {"vserver": vserver, "manner": manner})

    def serves(self, vserver, name="www.example.com"):
        """Serial of the leaf that is served there."""
        shown = subprocess.run(["openssl", "s_client", "-connect", self.box["endpoints"][vserver], "-servername", name],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=shown.stdout, capture_output=True,
                              text=True).stdout.strip()


class Authority:
    """An issuer of certificates, by openssl."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                 "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Example CA", "-addext", "basicConstraints=critical,CA:TRUE")

    def run(self, *arguments):
        return must_run("openssl", *arguments, cwd=self.folder)

    def issue(self, name="www.example.com", days=90, subject_names=None):
        """PEM of certificate and key."""
        self.run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "leaf.key",
                 "-out", "leaf.csr", "-subj", "/CN=" + name)
        (self.folder / "leaf.cnf").write_text(
            f"subjectAltName={subject_names or 'DNS:' + name}\nextendedKeyUsage=serverAuth,clientAuth\n")
        self.run("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", str(days),
                 "-out", "leaf.pem", "-extfile", "leaf.cnf")
        return (self.folder / "leaf.pem").read_text(), (self.folder / "leaf.key").read_text()

    def files(self, name, **more):
        """Certificate, key and CA as files, in the order in which flags and ssl want them."""
        for suffix, text in zip((".crt", ".key"), self.issue(name, **more)):
            (self.folder / (name + suffix)).write_text(text)
        return [str(self.folder / file) for file in (name + ".crt", name + ".key", "ca.pem")]

    def serial(self):
        return self.run("x509", "-in", "leaf.pem", "-noout", "-serial").strip()

    def write_secret(self, name="www-tls", namespace="default", days=90):
        """A certificate, or a renewed one, in a TLS Secret: what cert-manager does."""
        certificate, key = self.issue(days=days)
        apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace},
               "type": "kubernetes.io/tls", "stringData": {"tls.crt": certificate, "tls.key": key}})


def apply(*things):
    must("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=yaml.safe_dump_all(things))


def account_kubeconfig(folder, account=OWN, namespace=OWN):
    """A kubeconfig with the account's rights and nothing else."""
    view = json.loads(must("config", "view", "--raw", "--flatten", "-o", "json"))
    path = pathlib.Path(folder, account + ".kubeconfig")
    path.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{"name": "it", "cluster": view["clusters"][0]["cluster"]}],
        "users": [{"name": "it", "user": {"token": must("create", "token", account, "-n", namespace).strip()}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it", "namespace": namespace}}]}))
    return path


class Operator(Program):
    """`arguments` as in the Deployment; addresses are ours."""

    def __init__(self, folder, *arguments, name="certsync", account=OWN):
        super().__init__(folder, name, BIN / "certsync", *(arguments or ["run"]), "--kubeconfig",
                         account_kubeconfig(folder, account), "--allow-loopback-probes", "--metrics-address=127.0.0.1:0",
                         "--health-address=127.0.0.1:0", env={"POD_NAMESPACE": OWN})

    def started(self):
        ports = self.said(r"metrics_port=(\d+)\s+health_port=(\d+)")
        self.metrics, self.health = (f"127.0.0.1:{port}" for port in ports.groups())
        until(self.is_ready, "the operator is ready")

    def is_ready(self):
        try:
            return fetch(f"http://{self.health}/readyz") == "ok"
        except urllib.error.HTTPError:
            return False


class Prometheus(Program):
    """`tls`: what it shows to its target, and whom it believes: certificate, key and CA."""

    def __init__(self, folder, target, rules, tls):
        certificate, key, authority = tls
        config = pathlib.Path(folder, "prometheus.yml")
        config.write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": "certsync", "honor_labels": True, "scheme": "https",
                                "tls_config": {"cert_file": certificate, "key_file": key, "ca_file": authority},
                                "static_configs": [{"targets": [target]}]}]}))
        super().__init__(folder, "prometheus", "prometheus", "--config.file", config, "--storage.tsdb.path",
                         pathlib.Path(folder, "data"), "--web.listen-address=127.0.0.1:0")

    def started(self):
        self.url = "http://" + self.said(r'msg="Listening on" address=(\S+)')[1]

    def ask(self, path):
        """None while it starts."""
        try:
            return json.loads(fetch(self.url + "/api/v1/" + path))["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            raise RuntimeError(f"{path}: {error.read().decode()}") from error

    def query(self, text):
        return (self.ask("query?query=" + urllib.request.quote(text)) or {"result": []})["result"]

    def firing(self):
        """Labels of what fires."""
        answer = self.ask("alerts") or {"alerts": []}
        return [alert["labels"] for alert in answer["alerts"] if alert["state"] == "firing"]
