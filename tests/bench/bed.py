"""What the parts of the benchmark share: rows on stdout, and the programs that are measured. A part runs below
tests/cluster/with_control_plane.sh where it needs a Kubernetes API."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import ROOT, must, must_run, wait_for_kinds
from proc import cpu
from stack import BIN, OWN, Operator, Program, Simulator, account_kubeconfig, apply, fetch, until

UP = ROOT / "tests/cluster/up"


def row(figure, who, unit, value, run=0, **more):
    """One measurement. `x` and `curve` make it a point of the chart."""
    print(json.dumps({"figure": figure, "who": who, "unit": unit, "value": value, "run": run, **more}), flush=True)


def say(text):
    """Progress, for people."""
    print(f"  {text}", file=sys.stderr, flush=True)


def pause(seconds):
    threading.Event().wait(seconds)


def soon(condition, what, step=0.001, seconds=120):
    """The first answer of `condition` that is true; looks often."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds} s: {what}")
        pause(step)
    return answer


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def is_ready(port):
    """The first line of /readyz; a plain socket, since it is asked often and the time counts."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return client.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


class Measured(Program):
    """Knows when it was ready, in ms since its exec, and what CPU that took."""

    step = 0.001

    def started(self):
        begin = time.monotonic()
        soon(self.synced, f"{self.name} is ready", self.step)
        self.ready_ms = (time.monotonic() - begin) * 1e3
        self.ready_cpu = self.cpu()

    def synced(self):
        raise NotImplementedError

    def check_alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended: {self.log.read_text()[-2000:]}")

    @property
    def pid(self):
        return self.process.pid

    def cpu(self):
        return cpu(self.pid)


class Certsync(Measured):
    """The operator; ready as /readyz says. Asking it costs the operator something: so not all the time."""

    def __init__(self, folder, *arguments, step=0.01, name="certsync"):
        self.step, self.health = step, None
        super().__init__(folder, name, BIN / "certsync", "run", *arguments, "--allow-loopback-probes",
                         "--metrics-address=127.0.0.1:0", "--health-address=127.0.0.1:0", env={"POD_NAMESPACE": OWN})

    def synced(self):
        if self.health is None:
            self.check_alive()
            found = re.search(r"health_port=(\d+)", self.log.read_text())
            self.health = int(found[1]) if found else None
        return self.health is not None and is_ready(self.health)


class Informed(Certsync):
    """The operator; ready when it says, as its peers do, that its caches are full. Reading that costs it nothing."""

    def __init__(self, folder, *arguments):
        super().__init__(folder, *arguments, step=Measured.step)

    def synced(self):
        self.check_alive()
        return "caches are full" in self.log.read_text()


class Peer(Measured):
    """A program of tests/bench/client-go."""

    def __init__(self, folder, program, *arguments, kubeconfig):
        super().__init__(folder, program, peers() / program, *arguments, env={"KUBECONFIG": str(kubeconfig)})

    def synced(self):
        self.check_alive()
        return self.out.read_text().endswith("\n")


def peers():
    return pathlib.Path(must_run(ROOT / "tests/cluster/build.sh", "client-go").strip())


def load(*arguments):
    """Fills or changes Secrets; as long as it takes."""
    subprocess.run([str(peers() / "load"), *map(str, arguments)], check=True, stdout=sys.stderr)


def install():
    """Our kinds and the operator's rights."""
    must("apply", "-f", str(ROOT / "crds"))
    wait_for_kinds()
    must("apply", "-k", str(ROOT / "deploy/cluster-wide"))


class Appliance(Simulator):
    """A simulated appliance that comes back at the same address, empty."""

    def __init__(self, folder, port):
        super().__init__(folder, "edge", "--listen", f"127.0.0.1:{port}", "--certificate", UP / "appliance.pem", "--key",
                         UP / "appliance.key")

    def mutating(self):
        return json.loads(fetch(self.box["control"] + "/counters"))["mutating"]

    def quiet(self, at_least, seconds=2.0):
        """So many writes have been made, and for a while none any more."""
        last, since = -1, time.monotonic()
        end = since + 300
        while last < at_least or time.monotonic() - since < seconds:
            count = self.mutating()
            if count != last:
                last, since = count, time.monotonic()
            if time.monotonic() > end:
                raise RuntimeError(f"{last} writes came, not {at_least}")
            pause(0.1)


def give_appliance(box, **more):
    apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "edge-nitro", "namespace": OWN},
           "type": "kubernetes.io/basic-auth", "stringData": {"username": box.USER, "password": box.PASSWORD}},
          {"apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerAppliance", "metadata": {"name": "edge"},
           "spec": {"endpoints": [box.nitro], "credentialsSecretRef": {"name": "edge-nitro"},
                    "tls": {"fingerprints": [box.fingerprint]}, "grants": [{"namespaces": {"from": "All"}, "targets": ["*"]}],
                    **more}})


def cert_sync(name, namespace="default"):
    """Deploys the Secret of the same name."""
    return {"apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerCertSync",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"secretRef": {"name": name}, "appliances": [{"name": "edge"}],
                     "bindings": [{"virtualServer": "vs_shop", "role": "sni"}]}}
