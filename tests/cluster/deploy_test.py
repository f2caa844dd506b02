#!/usr/bin/env python3
"""deploy/ against a real API server: both forms can be applied, the rights are those of deploy/README.md and no more,
and the Pods pass Pod Security `restricted`.

usage: with_control_plane.sh deploy_test.py

Leaves nothing behind but the namespaces that it needed: without a controller-manager those cannot go."""
import json
import pathlib
import sys

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import ROOT, check, finish, kubectl, must, restricted_problem

OWN, OTHER, WATCHED = "netscaler-cert-sync", "team-b", "team-a"
ACCOUNT = f"system:serviceaccount:{OWN}:netscaler-cert-sync"
CERTSYNC, EVENTS, LEASES = "netscaler.certsync.io", "events.k8s.io", "coordination.k8s.io"
READ = ("get", "list", "watch")
ALL_VERBS = (*READ, "create", "update", "patch", "delete", "deletecollection")


# --- rights: (verbs, group, resource, namespace or "" for the whole cluster, name) -----------------------------------


def of_namespace(space):
    """What a namespace that is looked at needs."""
    return [(READ, "", "secrets", space, ""), ((*READ, "patch"), CERTSYNC, "netscalercertsyncs", space, ""),
            (("get", "patch"), CERTSYNC, "netscalercertsyncs/status", space, ""),
            (("create", "patch"), EVENTS, "events", space, "")]


EVERYWHERE = [
    (READ, CERTSYNC, "netscalerappliances", "", ""),
    (("get", "patch"), CERTSYNC, "netscalerappliances/status", "", ""),
    (READ, "", "namespaces", "", ""),
    (("create",), LEASES, "leases", OWN, ""),
    (("get", "update"), LEASES, "leases", OWN, "netscaler-cert-sync"),
    (("create", "patch"), EVENTS, "events", "default", ""),
    (("create", "patch"), EVENTS, "events", OWN, ""),
    (READ, "", "secrets", OWN, ""),
]
FORMS = {
    "cluster-wide": EVERYWHERE + of_namespace("") + of_namespace(WATCHED) + of_namespace(OTHER)
    + of_namespace(OWN) + of_namespace("default"),
    "namespaced": EVERYWHERE + of_namespace(WATCHED),
}
# Everything that is asked about; what a form does not list must be refused.
ASKED = [(verb, group, resource, space, "")
         for group, resource in (("", "secrets"), ("", "namespaces"), ("", "configmaps"), ("", "pods"), ("", "events"),
                                 (EVENTS, "events"), (LEASES, "leases"), (CERTSYNC, "netscalercertsyncs"),
                                 (CERTSYNC, "netscalercertsyncs/status"), (CERTSYNC, "netscalerappliances"),
                                 (CERTSYNC, "netscalerappliances/status"), ("cert-manager.io", "certificates"),
                                 ("rbac.authorization.k8s.io", "roles"))
         for space in ("", WATCHED, OTHER, OWN, "default")
         for verb in ALL_VERBS]
ASKED += [(verb, LEASES, "leases", space, name) for verb in ALL_VERBS for space in (OWN, OTHER)
          for name in ("netscaler-cert-sync", "somebody-else")]


def allowed_by(rights, question):
    verb, group, resource, space, name = question
    return any(verb in verbs and (g, r) == (group, resource) and s in ("", space) and n in ("", name)
               for verbs, g, r, s, n in rights)


def answers(questions, user, groups):
    """Asked in one go: SubjectAccessReviews."""
    def review(question):
        verb, group, resource, space, name = question
        resource, _, sub = resource.partition("/")
        attributes = {"verb": verb, "group": group, "resource": resource, "subresource": sub, "namespace": space,
                      "name": name}
        return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": {"user": user, "groups": groups, "resourceAttributes": attributes}}

    said = must("create", "-o", "json", "-f", "-", stdin="\n---\n".join(json.dumps(review(q)) for q in questions))
    decoder, at, out = json.JSONDecoder(), 0, []
    while at < len(said.rstrip()):
        item, at = decoder.raw_decode(said, at)
        out += item["items"] if item["kind"] == "List" else [item]
        at += len(said[at:]) - len(said[at:].lstrip())
    return [item["status"].get("allowed", False) for item in out]


def wrong_rights(rights, questions, user, groups):
    told = answers(questions, user, groups)
    if len(told) != len(questions):
        return f"{len(told)} answers to {len(questions)} questions"
    return [f"{' '.join(q)}: {'allowed' if good else 'refused'}" for q, good in zip(questions, told)
            if good != allowed_by(rights, q)]


def check_form(form):
    objects = must("kustomize", str(ROOT / "deploy" / form))
    must("apply", "-f", "-", stdin=objects)
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{OWN}", "system:authenticated"]
    wrong = wrong_rights(FORMS[form], ASKED, ACCOUNT, groups)
    check(f"{form}: {len(ASKED)} rights are as documented", wrong)
    deployment = json.loads(must("get", "deployment", "netscaler-cert-sync", "-n", OWN, "-o", "json"))
    template = deployment["spec"]["template"]
    check(f"{form}: the Pod passes Pod Security restricted", restricted_problem(template, OWN))
    arguments = template["spec"]["containers"][0]["args"]
    wanted = ["run", "--log-level=info", "--log-format=text", "--workers=16"] + ([f"--watch-namespaces={WATCHED}"] if form == "namespaced" else [])
    check(f"{form}: arguments", None if arguments == wanted else arguments)
    must("delete", "--wait=false", "-f", "-", stdin=without_namespaces(objects))


def without_namespaces(objects):
    return "\n---\n".join(part for part in objects.split("\n---\n") if "kind: Namespace\n" not in part)


def check_pod_security_bites():
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": OWN},
           "spec": {"containers": [{"name": "a", "image": "a"}]}}
    good, said = kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod))
    check("a Pod as root is refused in the namespace",
          None if not good and "violates PodSecurity" in said else f"expected a refusal: {said}")


def check_people():
    """Which aggregates the roles join; the controller that joins them is not running here."""
    roles = {r["metadata"]["name"]: r for r in
             json.loads(must("get", "clusterroles", "-l", "app.kubernetes.io/name=netscaler-cert-sync", "-o", "json"))[
                 "items"]}
    joins = {name: sorted(label.rpartition("-")[2] for label in role["metadata"]["labels"] if "aggregate-to" in label)
             for name, role in roles.items()}
    wanted = {"netscaler-cert-sync-view": ["view"], "netscaler-cert-sync-edit": ["admin", "edit"],
              "netscaler-cert-sync-appliance-admin": []}
    check("people: aggregation", None if {k: joins.get(k) for k in wanted} == wanted else joins)
    writers = [name for name, role in roles.items() for rule in role["rules"]
               if "netscalerappliances" in rule["resources"] and set(rule["verbs"]) - set(READ)]
    check("people: appliances are written by their own role only",
          None if writers == ["netscaler-cert-sync-appliance-admin"] else writers)


def everything():
    for space in (WATCHED, OTHER):
        kubectl("create", "namespace", space)
    for form in FORMS:
        check_form(form)
    check_pod_security_bites()
    must("apply", "-k", str(ROOT / "deploy/base"))
    check_people()
    good, said = kubectl("create", "--dry-run=server", "-f", str(ROOT / "deploy/examples/credentials.yaml"))
    check("example credentials.yaml", None if good else said)
    must("delete", "--wait=false", "-f", "-", stdin=without_namespaces(must("kustomize", str(ROOT / "deploy/base"))))


if __name__ == "__main__":
    finish(everything)
