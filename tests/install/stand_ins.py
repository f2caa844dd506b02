"""Who is missing beside a bare API server: the controllers and kubelets that make Pods of a Deployment."""
import json
import threading

from checks import kubectl, must
from stack import OWN, Operator


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
