"""What the tests of this folder share: cert-manager, operator and appliance together, handshakes without end at every endpoint, and
how long each certificate took from its Secret to there."""
import base64
import hashlib
import json
import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cert_manager import CertManager
from checks import ROOT, check, must, wait_for_kinds
from stack import OWN, Operator, Program, Simulator, apply, fetch, until

PAUSE = 0.02  # seconds between two handshakes
API = "netscaler.certsync.io/v1alpha1"


def digest(pem):
    """SHA-256 of the first certificate; None without one."""
    end = pem.find("-----END CERTIFICATE-----")
    return None if end < 0 else hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[:end + 25])).hexdigest()


class Issued(threading.Thread):
    """Follows the Secrets: when each certificate was written."""

    def __init__(self):
        super().__init__(daemon=True)
        self.when, self.current = {}, {}
        self.kubectl = subprocess.Popen(
            ["kubectl", "get", "secrets", "-n", "default", "--watch", "-o", r'jsonpath={.metadata.name} {.data.tls\.crt}{"\n"}'],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.start()

    def run(self):
        for line in self.kubectl.stdout:
            name, _, encoded = line.rstrip("\n").partition(" ")
            self.current[name] = digest(base64.b64decode(encoded).decode())
            self.when.setdefault(self.current[name], time.monotonic())

    def end(self):
        self.kubectl.terminate()
        self.kubectl.wait()
        self.join()


def trusting(roots):
    """What a client believes; self-signed ones are told by their digest alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if roots:
        context.load_verify_locations(cadata=roots)
    else:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def handshake(address, name, context):
    """Digest of what is served; an OSError when it fails or is not believed."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=20) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
        return hashlib.sha256(secure.getpeercert(binary_form=True)).hexdigest()


class Client(threading.Thread):
    """One handshake after the other, each of which has to succeed."""

    def __init__(self, address, name, roots):
        super().__init__(daemon=True)
        self.address, self.name_asked, self.context = address, name, trusting(roots)
        self.stopped, self.seen, self.last, self.failures, self.count = threading.Event(), {}, None, [], 0
        self.start()

    def run(self):
        while not self.stopped.wait(PAUSE):
            try:
                self.last = handshake(self.address, self.name_asked, self.context)
                self.seen.setdefault(self.last, time.monotonic())
            except OSError as error:
                self.failures.append(str(error))
            self.count += 1

    def end(self):
        self.stopped.set()
        self.join()


class Bed:
    """Everything together until the end of the with block. `vservers`: names of simulated virtual servers, :sni where wanted."""

    def __init__(self, folder, *vservers):
        self.folder, self.clients, self.running = folder, {}, []
        try:
            self.build(vservers)
        except BaseException:
            self.end()
            raise

    def build(self, vservers):
        must("apply", "-f", ROOT / "crds")
        wait_for_kinds()
        must("apply", "-k", ROOT / "deploy/cluster-wide")
        self.running.append(CertManager(self.folder))
        self.running.append(box := Simulator(self.folder, "edge", *[part for one in vservers for part in ("--vserver", one)]))
        self.box = box
        self.start_operator()
        self.issued = Issued()
        self.running.append(self.issued)
        apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "edge-nitro", "namespace": OWN},
               "type": "kubernetes.io/basic-auth", "stringData": {"username": box.USER, "password": box.PASSWORD}},
              {"apiVersion": API, "kind": "NetScalerAppliance", "metadata": {"name": "edge"},
               "spec": {"endpoints": [box.nitro], "credentialsSecretRef": {"name": "edge-nitro"},
                        "tls": {"fingerprints": [box.fingerprint]},
                        "grants": [{"namespaces": {"from": "All"}, "targets": ["*"], "roles": ["default", "sni"]}]}})

    def start_operator(self):
        self.operator = Operator(self.folder)
        self.running.append(self.operator)

    def stop_operator(self):
        self.running.remove(self.operator)
        self.operator.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        for part in self.running:
            if isinstance(part, Program) and part.process.poll() is not None:
                print(f"     {part.name} had ended by itself: {part.log.read_text()[-2000:]}", flush=True)
        for part in [client for clients in self.clients.values() for client in clients] + self.running[::-1]:
            part.end()

    # --- what people do -----------------------------------------------------------------------------------------------

    def sync(self, name, *bindings, **spec):
        """A NetScalerCertSync for the Secret of its name. Bindings as "vserver" or "vserver:sni"."""
        parts = [one.partition(":") for one in bindings]
        source = {} if "selector" in spec else {"secretRef": {"name": name}}
        apply({"apiVersion": API, "kind": "NetScalerCertSync", "metadata": {"name": name, "namespace": "default"},
               "spec": {**source, "appliances": [{"name": "edge"}], **spec,
                        "bindings": [{"virtualServer": vserver, "role": role or "default"} for vserver, _, role in parts]}})

    def watch(self, name, *vservers, roots=None, asked=None):
        """Handshakes from here to the end at these virtual servers, which serve NAME by now."""
        self.clients[name] = [Client(self.box.box["endpoints"][vserver], asked or f"{name}.example.com", roots)
                              for vserver in vservers]
        self.served(name)

    # --- what is to be seen -------------------------------------------------------------------------------------------

    def condition(self, name, kind="Ready"):
        """(status, reason, message) of a resource."""
        conditions = json.loads(must("get", "ncs", name, "-o", "json")).get("status", {}).get("conditions", [])
        found = next((one for one in conditions if one["type"] == kind), {})
        return found.get("status"), found.get("reason"), found.get("message", "")

    def ready(self, name, reason="Synced"):
        return until(lambda: self.condition(name)[1] == reason, f"{name} is {reason}, not {self.condition(name)}")

    def pass_made(self, name):
        """The operator has looked once more at all that there is."""
        word = f"looked-{time.monotonic()}"
        must("annotate", "--overwrite", "ncs", name, f"netscaler.certsync.io/sync-requested-at={word}")
        until(lambda: must("get", "ncs", name, "-o", "jsonpath={.status.lastHandledSyncRequest}") == word, "a pass is made")

    def has_event(self, name, word):
        return word in must("events", "--for", f"ncs/{name}", "-n", "default")

    def renewed(self, name, change):
        """After the change cert-manager writes another certificate, and every client gets it."""
        before = self.issued.current.get(name)
        change()
        until(lambda: self.issued.current.get(name) not in (None, before), f"cert-manager renews {name}")
        self.served(name)

    def served(self, name):
        """Every client of NAME gets what the Secret holds."""
        until(lambda: all(client.last == self.issued.current[name] for client in self.clients[name]), f"{name} is served")

    def verified(self, name, roots):
        """Chain and name, once."""
        def look():
            try:
                return [handshake(client.address, client.name_asked, trusting(roots)) for client in self.clients[name]]
            except ssl.SSLCertVerificationError:
                return None
        until(look, f"{name} is served with its chain")

    def is_served(self, name, wanted):
        """What is wrong, for check()."""
        return [f"{client.address}: {client.last}, not {wanted}" for client in self.clients[name] if client.last != wanted]

    def public_key(self, name):
        text = base64.b64decode(must("get", "secret", name, "-o", r"jsonpath={.data.tls\.crt}")).decode()
        return subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=text, capture_output=True, text=True).stdout

    # --- at the end ---------------------------------------------------------------------------------------------------

    def summarise(self, held_back=()):
        """No handshake failed; how long it took, without those who had to wait."""
        lags, failures = [], []
        for name, clients in self.clients.items():
            for client in clients:
                failures += [f"{name} at {client.address}: {text}" for text in client.failures]
                # The first one was there before the client.
                lags += [] if name in held_back else [(seen - self.issued.when[one], name)
                                                      for one, seen in list(client.seen.items())[1:] if one in self.issued.when]
        clients = [client for clients in self.clients.values() for client in clients]
        check(f"of {sum(client.count for client in clients)} handshakes none failed", failures[:5])
        check("what was served was once in a Secret", [one for client in clients for one in client.seen if one not in self.issued.when])
        print(f"     Secret written to first served: {len(lags)} times, median {statistics.median_high(lags)[0]:.2f} s, "
              f"longest {max(lags)[0]:.2f} s ({max(lags)[1]})", flush=True)
        metrics = fetch(f"http://{self.operator.metrics}/metrics")
        total, count = (sum(float(value) for value in re.findall(rf"(?m)^certsync_deploy_lag_seconds_{part}\S* (\S+)$", metrics))
                        for part in ("sum", "count"))
        print(f"     its own certsync_deploy_lag_seconds: {count:.0f} times, mean {total / count:.2f} s", flush=True)
