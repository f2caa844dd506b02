"""Who is missing beside a bare API server: the controllers and kubelets that make Pods of a Deployment, and cert-manager."""
import json
import os
import pathlib
import threading

from checks import kubectl, must
from stack import OWN, Operator, apply


class Follower(threading.Thread):
    """Looks again and again until the end of the with block; what it raises is raised there."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopped, self.failure = threading.Event(), None

    def run(self):
        try:
            while not self.stopped.wait(0.2):
                self.look()
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.stopped.set()
        self.join()
        if self.failure and kind is None:
            raise self.failure


class Nodes(Follower):
    """Starts what the Deployment says, under its ServiceAccount, and reports it; ends it when the Deployment is gone."""

    def __init__(self, folder):
        super().__init__()
        self.folder, self.pods = folder, []

    def look(self):
        good, said = kubectl("get", "deployment", OWN, "-n", OWN, "-o", "json")
        if not good:
            self.end_pods()
            return
        deployment = json.loads(said)
        spec = deployment["spec"]
        if deployment.get("status", {}).get("availableReplicas") == spec["replicas"]:
            return
        template = spec["template"]["spec"]
        while len(self.pods) < spec["replicas"]:
            self.pods.append(Operator(self.folder, *template["containers"][0]["args"], name=f"pod-{len(self.pods)}",
                                      account=template["serviceAccountName"]))
        count = {name: spec["replicas"] for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")}
        must("patch", "deployment", OWN, "-n", OWN, "--subresource=status", "--type=merge", "-p",
             json.dumps({"status": {"observedGeneration": deployment["metadata"]["generation"], **count}}))

    def end_pods(self):
        while self.pods:
            self.pods.pop().end()

    def __exit__(self, *what):
        super().__exit__(*what)
        self.end_pods()


class CertManager(Follower):
    """Issues for every Certificate, and again when cmctl asks: its condition Issuing, as cert-manager has it."""

    def __init__(self, folder, authority):
        super().__init__()
        self.authority = authority
        cmctl = pathlib.Path(folder, "cmctl")
        cmctl.write_text("""#!/usr/bin/env bash
# What cmctl renew does: it sets the condition Issuing.
set -euo pipefail
[[ $1 == renew ]]
kubectl patch certificate "$2" "${@:3}" --subresource=status --type=json --patch \
  '[{"op": "add", "path": "/status/conditions/-", "value":
     {"type": "Issuing", "status": "True", "reason": "ManuallyTriggered", "message": "renew"}}]'
""")
        cmctl.chmod(0o755)
        self.path = str(folder) + os.pathsep

    def look(self):
        for certificate in json.loads(must("get", "certificates", "-A", "-o", "json"))["items"]:
            conditions = {one["type"]: one["status"] for one in certificate.get("status", {}).get("conditions", [])}
            if conditions.get("Ready") == "True" and conditions.get("Issuing") != "True":
                continue
            name, space = certificate["metadata"]["name"], certificate["metadata"]["namespace"]
            self.authority.write_secret(certificate["spec"]["secretName"], space)
            status = {"conditions": [{"type": "Ready", "status": "True", "reason": "Ready",
                                      "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
            must("patch", "certificate", name, "-n", space, "--subresource=status", "--type=merge", "-p",
                 json.dumps({"status": status}))


def install_issuer(name):
    """Its kind is real; nobody but the stand-in looks at it."""
    apply({"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": name}, "spec": {"selfSigned": {}}})
