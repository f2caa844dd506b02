"""Values of the chart, and what must come of them: pictures for chart_test.py."""

OWN = "netscaler-cert-sync"
USUAL_ARGS = ["run", "--log-level=info", "--log-format=text", "--workers=16"]
BASE = {"Deployment/" + OWN, "Service/" + OWN + "-metrics", "PodDisruptionBudget/" + OWN, "ServiceAccount/" + OWN,
        f"Role/{OWN}-lease", f"RoleBinding/{OWN}-lease"}
PEOPLE = {f"ClusterRole/{OWN}-{role}" for role in ("view", "edit", "appliance-admin")}
KINDS = {f"CustomResourceDefinition/{kind}.netscaler.certsync.io" for kind in
         ("netscalerappliances", "netscalercertsyncs")}
EVERYWHERE = {f"ClusterRole/{OWN}", f"ClusterRoleBinding/{OWN}"}


def of_namespaces(*names):
    pair = [f"Role/{OWN}-own", f"Role/default/{OWN}-appliance-events"] + [f"Role/{name}/{OWN}" for name in names]
    return {*pair, *(one.replace("Role/", "RoleBinding/") for one in pair), f"ClusterRole/{OWN}-appliances",
            f"ClusterRoleBinding/{OWN}-appliances"}


class Case:
    """objects: kind/[namespace/]name of all that is made (the namespace where it is not the operator's own).
    at: {kind/name: {path: value}}, a path such as spec.template.spec.containers.0.args"""

    def __init__(self, name, values, objects, at=None, says=()):
        self.name, self.values, self.objects, self.at, self.says = name, values, objects, at or {}, says


DEPLOYMENT = f"Deployment/{OWN}"
POD, CONTAINER = "spec.template.spec", "spec.template.spec.containers.0"
RENDERED = [
    Case("as it comes", {}, BASE | PEOPLE | KINDS | EVERYWHERE, {
        DEPLOYMENT: {"spec.replicas": 2, CONTAINER + ".args": USUAL_ARGS, CONTAINER + ".image": OWN + ":0.1.0",
                     POD + ".securityContext.runAsNonRoot": True,
                     CONTAINER + ".securityContext.readOnlyRootFilesystem": True,
                     POD + ".topologySpreadConstraints.0.labelSelector.matchLabels":
                         {"app.kubernetes.io/name": OWN, "app.kubernetes.io/instance": OWN}},
        f"PodDisruptionBudget/{OWN}": {"spec.maxUnavailable": 1, "spec.minAvailable": None},
        "CustomResourceDefinition/netscalercertsyncs.netscaler.certsync.io":
            {"metadata.annotations": {"helm.sh/resource-policy": "keep"}},
    }, ["runs in the namespace " + OWN]),
    Case("two namespaces", {"watchNamespaces": ["team-a", "team-b"]},
         BASE | PEOPLE | KINDS | of_namespaces("team-a", "team-b"),
         {DEPLOYMENT: {CONTAINER + ".args": USUAL_ARGS + ["--watch-namespaces=team-a,team-b"]},
          f"ClusterRole/{OWN}-appliances": {"rules.0.resources": ["netscalerappliances"]}}, ["team-a, team-b"]),
    Case("nothing that can be left out",
         {"crds": {"enabled": False}, "rbac": {"create": False}, "metrics": {"service": {"enabled": False}},
          "serviceAccount": {"create": False, "name": "given"}, "podDisruptionBudget": {"enabled": False},
          "topologySpreadConstraints": [], "livenessProbe": None, "readinessProbe": None, "resources": None,
          "replicaCount": 1, "readOnly": True},
         {DEPLOYMENT},
         {DEPLOYMENT: {POD + ".serviceAccountName": "given", POD + ".topologySpreadConstraints": None,
                       CONTAINER + ".livenessProbe": None, CONTAINER + ".args": USUAL_ARGS + ["--read-only"],
                       POD + ".volumes": None}}, ["read-only", "kubectl apply -f crds/"]),
    Case("kinds that go with the release", {"crds": {"keep": False}}, BASE | PEOPLE | KINDS | EVERYWHERE,
         {"CustomResourceDefinition/netscalerappliances.netscaler.certsync.io": {"metadata.annotations": None}}),
    Case("all of it",
         {"replicaCount": 3, "imagePullSecrets": [{"name": "registry"}], "commonLabels": {"team": "edge"},
          "image": {"repository": "registry.example/certsync", "tag": "edge", "digest": "sha256:" + 64 * "a"},
          "serviceAccount": {"annotations": {"a": "b"}}, "rbac": {"peopleRoles": False},
          "ownerId": "prod-1", "formerOwnerIds": ["old-1", "old-2"], "workers": 8, "logLevel": "debug",
          "logFormat": "json", "extraArgs": ["--metrics-certkeys=managed"],
          "extraEnv": [{"name": "A", "value": "1"}],
          "extraVolumes": [{"name": "more", "emptyDir": {}}],
          "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
          "metrics": {"service": {"port": 9443, "annotations": {"a": "b"}},
                      "tls": {"enabled": True, "secretName": "metrics-tls", "clientAuth": True}},
          "serviceMonitor": {"enabled": True, "interval": "30s", "scrapeTimeout": "10s",
                             "additionalLabels": {"release": "prometheus"},
                             "tlsConfig": {"serverName": "certsync", "ca": {"secret": {"name": "ca", "key": "ca.crt"}}},
                             "relabelings": [{"action": "labeldrop", "regex": "endpoint"}],
                             "metricRelabelings": [{"action": "labeldrop", "regex": "x"}]},
          "prometheusRules": {"enabled": True, "additionalLabels": {"release": "prometheus"},
                              "additionalRuleLabels": {"team": "edge"}, "warningDaysLeft": 21,
                              "criticalDaysLeft": 7, "disabled": ["CertSyncFailover"],
                              "overrides": {"CertSyncDrifted": {"for": "5m", "labels": {"severity": "critical"}}},
                              "runbookUrl": "https://runbooks.example/certsync",
                              "additionalGroups": [{"name": "mine", "rules": [{"record": "a", "expr": "vector(1)"}]}]},
          "grafanaDashboard": {"enabled": True, "annotations": {"folder": "TLS"}},
          "podDisruptionBudget": {"minAvailable": "50%"},
          "networkPolicy": {"enabled": True, "metricsFrom": [{"namespaceSelector": {}}],
                            "egress": [{"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}]},
          "podLabels": {"tier": "edge"}, "podAnnotations": {"a": "b"}, "nodeSelector": {"disk": "ssd"},
          "tolerations": [{"key": "edge", "operator": "Exists"}],
          "affinity": {"nodeAffinity": {}}, "priorityClassName": "system-cluster-critical",
          "terminationGracePeriodSeconds": 90,
          "extraObjects": ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-more'}",
                           {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}}]},
         BASE | KINDS | EVERYWHERE | {f"ServiceMonitor/{OWN}", f"PrometheusRule/{OWN}", f"NetworkPolicy/{OWN}",
                                      f"ConfigMap/{OWN}-dashboard", f"ConfigMap/{OWN}-more", "ConfigMap/more"},
         {DEPLOYMENT: {
             "spec.replicas": 3, CONTAINER + ".image": "registry.example/certsync@sha256:" + 64 * "a",
             CONTAINER + ".args": ["run", "--log-level=debug", "--log-format=json", "--workers=8", "--owner-id=prod-1",
                                   "--former-owner-ids=old-1,old-2",
                                   "--metrics-tls-cert-file=/etc/certsync/metrics-tls/tls.crt",
                                   "--metrics-tls-key-file=/etc/certsync/metrics-tls/tls.key",
                                   "--metrics-tls-client-ca-file=/etc/certsync/metrics-tls/ca.crt",
                                   "--metrics-certkeys=managed"],
             CONTAINER + ".env.1": {"name": "A", "value": "1"},
             CONTAINER + ".volumeMounts.1.mountPath": "/more", POD + ".volumes.0.secret.secretName": "metrics-tls",
             POD + ".priorityClassName": "system-cluster-critical", POD + ".terminationGracePeriodSeconds": 90,
             POD + ".imagePullSecrets": [{"name": "registry"}], "spec.template.metadata.labels.tier": "edge",
             "spec.template.metadata.labels.team": "edge", POD + ".nodeSelector": {"disk": "ssd"}},
          f"Service/{OWN}-metrics": {"spec.ports.0.port": 9443},
          f"PodDisruptionBudget/{OWN}": {"spec.minAvailable": "50%", "spec.maxUnavailable": None},
          f"ServiceMonitor/{OWN}": {"spec.endpoints.0.scheme": "https", "spec.endpoints.0.honorLabels": True,
                                    "spec.endpoints.0.interval": "30s", "metadata.labels.release": "prometheus"},
          f"NetworkPolicy/{OWN}": {"spec.ingress.0.from": [{"namespaceSelector": {}}],
                                   "spec.egress": [{"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}]},
          f"ConfigMap/{OWN}-dashboard": {"metadata.labels.grafana_dashboard": "1"}}),
    Case("network policy as it comes", {"networkPolicy": {"enabled": True}},
         BASE | PEOPLE | KINDS | EVERYWHERE | {f"NetworkPolicy/{OWN}"},
         {f"NetworkPolicy/{OWN}": {"spec.ingress.0.from": None, "spec.egress.1.ports.0.endPort": 65535}}),
]

# Values that are refused, and a word of the answer.
REFUSED = [
    ({"logLevel": "loud"}, "/logLevel"),
    ({"replicaCount": "2"}, "/replicaCount"),
    ({"replicas": 2}, "replicas"),
    ({"image": {"digest": "latest"}}, "/image/digest"),
    ({"watchNamespaces": ["Team_A"]}, "/watchNamespaces/0"),
    ({"watchNamespaces": ["a", "a"]}, "/watchNamespaces"),
    ({"workers": 65}, "/workers"),
    ({"extraArgs": ["-x"]}, "/extraArgs/0"),
    ({"prometheusRules": {"overrides": {"CertSyncDrifted": {"fro": "5m"}}}}, "fro"),
    ({"serviceMonitor": {"interval": "often"}}, "/serviceMonitor/interval"),
    ({"serviceAccount": {"create": False}}, "serviceAccount.name is needed"),
    ({"metrics": {"tls": {"enabled": True}}}, "metrics.tls.secretName is needed"),
    ({"metrics": {"service": {"enabled": False}}, "serviceMonitor": {"enabled": True}}, "needs metrics.service.enabled"),
]

# deploy/ and the values that give the same objects.
SAME_AS_DEPLOY = [
    (["cluster-wide"], [], {"crds": {"enabled": False}}),
    (["namespaced"], [], {"crds": {"enabled": False}, "watchNamespaces": ["team-a"]}),
    (["cluster-wide"], ["network-policy", "monitoring"],
     {"crds": {"enabled": False}, "networkPolicy": {"enabled": True}, "serviceMonitor": {"enabled": True},
      "prometheusRules": {"enabled": True}, "grafanaDashboard": {"enabled": True}}),
]
