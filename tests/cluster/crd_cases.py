"""What the two kinds take and refuse. A case is a title, a kind and a JSON merge patch (None removes) on the smallest
spec of that kind; a refused one has also what the API server must say."""

A, S = "NetScalerAppliance", "NetScalerCertSync"

SMALLEST = {
    A: {"endpoints": ["https://192.0.2.10"], "credentialsSecretRef": {"name": "edge-nitro"}},
    S: {"secretRef": {"name": "www-tls"}, "appliances": [{"name": "edge"}]},
}

# What the smallest becomes: the defaults of the design, and nothing else.
DEFAULTS = {
    A: {
        "tls": {"serverName": "", "insecureSkipVerify": False}, "partition": "", "saveConfig": "Always",
        "resyncPeriod": "10m", "requestTimeout": "30s", "maxConcurrentRequests": 4, "encryptKeys": False,
        "deletionTimeout": "24h", "suspend": False,
    },
    S: {
        "certKey": {"name": "{{namespace}}_{{secret}}", "maxNameLength": 31, "expiryMonitor": True,
                    "notificationPeriodDays": 30},
        "chain": "Link",
        "source": {"format": "PEM", "certificateKey": "tls.crt", "privateKeyKey": "tls.key", "fipsKey": ""},
        "updatePolicy": "InPlace", "domainCheck": False, "adoptionPolicy": "Never", "driftPolicy": "Correct",
        "deletionPolicy": "Retain", "expiredPolicy": "Keep", "rollout": {"strategy": "AllAtOnce"},
        "verification": {"mode": "Report", "timeout": "5s"}, "suspend": False, "dryRun": False,
    },
}

# Defaults inside what has none itself: patch, where to look, what is there.
NESTED_DEFAULTS = [
    (S, {"bindings": [{"virtualServer": "v"}]}, "bindings",
     [{"virtualServer": "v", "role": "default", "enableSNI": False}]),
    (S, {"deployWindows": {}}, "deployWindows", {"urgentBefore": "72h"}),
    (S, {"verification": {"endpoints": [{"address": "h:1"}]}}, "verification",
     {"mode": "Report", "timeout": "5s", "endpoints": [{"address": "h:1", "serverName": ""}]}),
    (S, {"deployWindows": {"windows": [{"schedule": "0 22 * * *", "duration": "4h"}]}}, "deployWindows",
     {"urgentBefore": "72h", "windows": [{"schedule": "0 22 * * *", "duration": "4h", "timeZone": "UTC"}]}),
    (S, {"certKey": None, "source": None}, "certKey", DEFAULTS[S]["certKey"]),
    (A, {"grants": [{"namespaces": {"from": "All"}}]}, "grants",
     [{"namespaces": {"from": "All"}, "roles": ["default", "sni"], "adopt": False}]),
]

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HEX = "0123456789abcdef" * 4
COLONS = ":".join(HEX[i:i + 2].upper() for i in range(0, 64, 2))
SELECTOR = {"matchLabels": {"app.kubernetes.io/name": "www", "empty": ""},
            "matchExpressions": [{"key": "tier", "operator": "In", "values": ["edge"]},
                                 {"key": "old", "operator": "DoesNotExist"}]}
WINDOWS = {"windows": [{"schedule": "0 22 * * 1-5", "duration": "4h", "timeZone": "Europe/Berlin"},
                       {"schedule": "*/15 0-6,22 1 jan-mar sun", "duration": "168h", "timeZone": "Etc/GMT+1"}],
           "urgentBefore": "0s"}

# Together these set every field.
FULLEST = [
    (A, {
        "endpoints": ["https://192.0.2.10:8443", "https://[2001:db8::1]"], "partition": "p 1",
        "tls": {"caBundle": PEM, "serverName": "ns.example.com", "insecureSkipVerify": True,
                "fingerprints": ["sha256:" + HEX, "SHA256:" + COLONS]},
        "grants": [{"namespaces": {"from": "Names", "names": ["team-a"]}, "targets": ["vs_team_a_*"], "roles": ["sni"],
                    "adopt": True},
                   {"namespaces": {"from": "Selector", "selector": SELECTOR}},
                   {"namespaces": {"from": "Selector", "selector": {}}},
                   {"namespaces": {"from": "All"}}],
        "saveConfig": "WhenOurs", "deployWindows": WINDOWS, "resyncPeriod": "1h30m", "requestTimeout": "1500ms",
        "maxConcurrentRequests": 16, "encryptKeys": True, "deletionTimeout": "8784h", "suspend": True,
    }),
    (S, {
        "appliances": [{"name": "edge"}, {"name": "edge.two"}],
        "certKey": {"name": "{{ namespace }}-{{secret}}-{{name}}", "maxNameLength": 63, "expiryMonitor": False,
                    "notificationPeriodDays": 100},
        "bindings": [{"virtualServer": "vs_www", "role": "default"},
                     {"virtualServer": "vs_www", "role": "sni", "enableSNI": True},
                     {"service": "svc www"}, {"serviceGroup": "sg#1"}],
        "chain": "Omit",
        "source": {"format": "PKCS12", "certificateKey": "a.crt", "privateKeyKey": "a_key",
                   "passwordSecretRef": {"name": "pw", "key": "password"}, "fipsKey": "fips_1"},
        "domainCheck": True, "adoptionPolicy": "Adopt", "driftPolicy": "Detect", "deletionPolicy": "Delete",
        "expiredPolicy": "Remove", "deployWindows": WINDOWS, "rollout": {"strategy": "OneByOne"},
        "verification": {"mode": "Rollback", "timeout": "1m",
                         "endpoints": [{"address": "www.example.com:443", "serverName": "www.example.com"},
                                       {"address": "[2001:db8::1]:65535"}]},
        "suspend": True, "dryRun": True,
    }),
    (S, {
        "secretRef": None, "appliances": None, "selector": SELECTOR, "applianceSelector": SELECTOR,
        "bindings": [{"virtualServer": "vs_www", "role": "sni"}],
    }),
    (S, {"updatePolicy": "NewCertKey", "bindings": [{"virtualServer": "vs_www", "role": "default"}]}),
]


def name(text):
    return {"certKey": {"name": text}}


def windows(**window):
    return {"deployWindows": {"windows": [{"schedule": "0 22 * * *", "duration": "4h", **window}]}}


def grant(**namespaces):
    return {"grants": [{"namespaces": namespaces}]}


def bindings(*items, **more):
    return {"bindings": list(items), **more}


def verify(address):
    return {"verification": {"endpoints": [{"address": address}]}}


def selects(**more):
    return {"secretRef": None, "selector": {}, **more}


SNI, DEFAULT = {"virtualServer": "v", "role": "sni"}, {"virtualServer": "v", "role": "default"}

TAKEN = [
    ("smallest appliance", A, {}),
    ("smallest sync", S, {}),
    ("selector of everything, no bindings", S, selects()),
    ("selector, {{ secret }} with blanks", S, selects(**name("a-{{ secret }}"))),
    ("literal name with all that NetScaler takes", S, name("_a#b. :@=-9")),
    ("literal name of 63 characters", S, name("a" * 63)),
    ("a brace in a template", S, name("{a}{{name}}}{")),
    ("NewCertKey for the default slot", S, bindings(DEFAULT, updatePolicy="NewCertKey")),
    ("64 bindings", S, bindings(*[{"virtualServer": f"v{i}", "role": "sni"} for i in range(64)])),
    ("one target in both roles", S, bindings(SNI, DEFAULT)),
    ("32 appliances", S, {"appliances": [{"name": f"edge-{i}"} for i in range(32)]}),
    ("verification off", S, {"verification": {"mode": "Off"}}),
    ("two ports of one host", A, {"endpoints": ["https://a:1", "https://a:2"]}),
    ("endpoint with port 443", A, {"endpoints": ["https://ns_1.example.com:443"]}),
    ("caBundle of 256 KiB", A, {"tls": {"caBundle": PEM + "#" * (262144 - len(PEM))}}),
    ("empty caBundle", A, {"tls": {"caBundle": ""}}),
    ("64 grants with 256 names and targets", A, {"grants": [
        {"namespaces": {"from": "Names", "names": [f"team-{i}" for i in range(256)]},
         "targets": [f"vs_{i}_*" for i in range(256)]}] * 64}),
    ("shortest periods", A, {"resyncPeriod": "5s", "requestTimeout": "1s", "deletionTimeout": "0s"}),
    ("16 windows", S, {"deployWindows": {"windows": [{"schedule": "0 0 1 1 0", "duration": "1m"}] * 16}}),
]

NAMES = "lower-case letters, digits, '-' and '.'"
CHARSET = "must begin with a letter, digit or _ and hold only"
HOST_PORT = "must be host:port with a port from 1 to 65535"
HTTPS = "must be https://host or https://host:port"
SECRET_KEY = "must be a key of a Secret"
ONE_TARGET = "must have exactly one of virtualServer, service and serviceGroup"

REFUSED = [
    # --- where it goes -----------------------------------------------------------------------------------------------
    ("no endpoints", A, {"endpoints": None}, "spec.endpoints: Required value"),
    ("empty endpoints", A, {"endpoints": []}, "spec.endpoints in body should have at least 1 items"),
    ("three endpoints", A, {"endpoints": ["https://a", "https://b", "https://c"]}, "must have at most 2 items"),
    ("http", A, {"endpoints": ["http://a"]}, HTTPS),
    ("endpoint with a path", A, {"endpoints": ["https://a/"]}, HTTPS),
    ("endpoint with a user", A, {"endpoints": ["https://u:p@a"]}, HTTPS),
    ("endpoint with a query", A, {"endpoints": ["https://a?b"]}, HTTPS),
    ("endpoint with port 0", A, {"endpoints": ["https://a:0"]}, HTTPS),
    ("endpoint with port 65536", A, {"endpoints": ["https://a:65536"]}, HTTPS),
    ("endpoint without a host", A, {"endpoints": ["https://:443"]}, HTTPS),
    ("endpoint twice", A, {"endpoints": ["https://a", "https://a"]}, "spec.endpoints[1]: Duplicate value"),
    ("endpoint twice, otherwise spelled", A, {"endpoints": ["https://A", "https://a:443"]}, "two different addresses"),
    ("no credentials", A, {"credentialsSecretRef": None}, "spec.credentialsSecretRef: Required value"),
    ("credentials without a name", A, {"credentialsSecretRef": {"name": None}}, "credentialsSecretRef.name: Required"),
    ("credentials with an odd name", A, {"credentialsSecretRef": {"name": "Edge"}}, NAMES),
    ("caBundle that is no PEM", A, {"tls": {"caBundle": "MIIB"}}, "must be certificates in PEM"),
    ("caBundle cut off", A, {"tls": {"caBundle": "-----BEGIN CERTIFICATE-----\nMIIB"}}, "must be certificates in PEM"),
    ("caBundle too large", A, {"tls": {"caBundle": PEM + "#" * 262144}}, "Too long: may not be more than 262144"),
    ("serverName with a blank", A, {"tls": {"serverName": "a b"}}, "must be the name in the certificate"),
    ("fingerprint with other digits", A, {"tls": {"fingerprints": ["sha256:" + "g" * 64]}}, "sha256:, then 64 hex"),
    ("fingerprint with few colons", A, {"tls": {"fingerprints": ["sha256:00:" + HEX[2:]]}}, "sha256:, then 64 hex"),
    ("fingerprint of SHA-1", A, {"tls": {"fingerprints": ["sha1:" + HEX + "00"]}}, "sha256:, then 64 hex"),
    ("five fingerprints", A, {"tls": {"fingerprints": [f"sha256:{i}{HEX[1:]}" for i in range(5)]}}, "at most 4 items"),
    ("partition with an odd name", A, {"partition": "-p"}, CHARSET),
    ("unknown field", A, {"endpoint": "https://a"}, 'unknown field "spec.endpoint"'),
    # --- grants ------------------------------------------------------------------------------------------------------
    ("grant without namespaces", A, {"grants": [{"targets": ["v"]}]}, "spec.grants[0].namespaces: Required value"),
    ("grant without from", A, grant(names=["a"]), "spec.grants[0].namespaces.from: Required value"),
    ("grant from elsewhere", A, grant(**{"from": "Same"}), 'supported values: "All", "Selector", "Names"'),
    ("Names without names", A, grant(**{"from": "Names"}), "names must be given with from Names"),
    ("Names with no names", A, grant(**{"from": "Names"}, names=[]), "should have at least 1 items"),
    ("All with names", A, grant(**{"from": "All"}, names=["a"]), "names must be given with from Names"),
    ("Selector without selector", A, grant(**{"from": "Selector"}), "selector must be given with from Selector"),
    ("Names with selector", A, grant(**{"from": "Names"}, names=["a"], selector={}), "selector must be given"),
    ("grant to an odd namespace", A, grant(**{"from": "Names"}, names=["a.b"]), "must be the name of a namespace"),
    ("grant with an unknown role", A, {"grants": [{"namespaces": {"from": "All"}, "roles": ["ca"]}]},
     'supported values: "default", "sni"'),
    ("grant with no role", A, {"grants": [{"namespaces": {"from": "All"}, "roles": []}]}, "at least 1 items"),
    # --- bounds ------------------------------------------------------------------------------------------------------
    ("resyncPeriod too short", A, {"resyncPeriod": "4999ms"}, "must be a duration from 5s to 24h"),
    ("resyncPeriod too long", A, {"resyncPeriod": "24h1ms"}, "must be a duration from 5s to 24h"),
    ("resyncPeriod without unit", A, {"resyncPeriod": "600"}, "must be a duration from 5s to 24h"),
    ("resyncPeriod negative", A, {"resyncPeriod": "-10m"}, "must be a duration from 5s to 24h"),
    ("resyncPeriod with a fraction", A, {"resyncPeriod": "1.5h"}, "must be a duration from 5s to 24h"),
    ("resyncPeriod beyond all clocks", A, {"resyncPeriod": "999999999999h"}, "must be a duration from 5s to 24h"),
    ("resyncPeriod as a number", A, {"resyncPeriod": 600}, "must be of type string"),
    ("requestTimeout too short", A, {"requestTimeout": "999ms"}, "must be a duration from 1s to 10m"),
    ("requestTimeout too long", A, {"requestTimeout": "10m1s"}, "must be a duration from 1s to 10m"),
    ("deletionTimeout too long", A, {"deletionTimeout": "8785h"}, "must be a duration from 0s to 8784h"),
    ("no requests", A, {"maxConcurrentRequests": 0}, "should be greater than or equal to 1"),
    ("17 requests", A, {"maxConcurrentRequests": 17}, "should be less than or equal to 16"),
    ("unknown saveConfig", A, {"saveConfig": "Sometimes"}, 'supported values: "Always", "WhenOurs", "Never"'),
    # --- which certificates, which appliances -----------------------------------------------------------------------
    ("no spec", S, None, "spec: Required value"),
    ("neither secretRef nor selector", S, {"secretRef": None}, "must have exactly one of secretRef"),
    ("both secretRef and selector", S, {"selector": {}}, "must have exactly one of secretRef"),
    ("secretRef without a name", S, {"secretRef": {"name": None}}, "spec.secretRef.name: Required value"),
    ("secretRef with an odd name", S, {"secretRef": {"name": "a..b"}}, NAMES),
    ("neither appliances nor applianceSelector", S, {"appliances": None}, "must have exactly one of appliances"),
    ("both appliances and applianceSelector", S, {"applianceSelector": {}}, "must have exactly one of appliances"),
    ("no appliances", S, {"appliances": []}, "should have at least 1 items"),
    ("33 appliances", S, {"appliances": [{"name": f"e{i}"} for i in range(33)]}, "must have at most 32 items"),
    ("appliance twice", S, {"appliances": [{"name": "a"}, {"name": "a"}]}, "spec.appliances[1]: Duplicate value"),
    ("appliance with an odd name", S, {"appliances": [{"name": "-a"}]}, NAMES),
    ("In without values", S, {"appliances": None, "applianceSelector": {
        "matchExpressions": [{"key": "a", "operator": "In"}]}}, "values must be given with In and NotIn"),
    ("Exists with values", S, {"appliances": None, "applianceSelector": {
        "matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}}, "values must be given with In"),
    ("unknown operator", S, {"appliances": None, "applianceSelector": {
        "matchExpressions": [{"key": "a", "operator": "Is", "values": ["b"]}]}}, "supported values"),
    ("label too long", S, {"appliances": None, "applianceSelector": {"matchLabels": {"a" * 318: "b"}}},
     "must have labels of 1 to 317 characters"),
    ("selector, name without {{secret}}", S, selects(**name("{{name}}")), "must contain {{secret}}"),
    ("selector, binding of the default slot", S, selects(**bindings(DEFAULT)), "must all have role sni"),
    # --- names on the appliance -------------------------------------------------------------------------------------
    ("literal name of 64 characters", S, name("a" * 64), "without placeholders must be 1 to 63 characters"),
    ("literal name with a slash", S, name("a/b"), "without placeholders must be 1 to 63 characters"),
    ("literal name that begins with -", S, name("-a"), "without placeholders must be 1 to 63 characters"),
    ("empty name", S, name(""), "should be at least 1 chars long"),
    ("unknown placeholder", S, name("{{namespace}}_{{cluster}}"), "only {{namespace}}, {{secret}} and {{name}}"),
    ("placeholder without an end", S, name("{{secret}}_{{name"), "only {{namespace}}, {{secret}} and {{name}}"),
    ("placeholder with a third brace", S, name("{{{name}}"), "only {{namespace}}, {{secret}} and {{name}}"),
    ("name of NetScaler's own", S, name("ns-{{secret}}"), "must not begin with ns-"),
    ("name of the operator's own", S, name("cs-ca-1"), "must not begin with ns-"),
    ("maxNameLength 15", S, {"certKey": {"maxNameLength": 15}}, "should be greater than or equal to 16"),
    ("maxNameLength 64", S, {"certKey": {"maxNameLength": 64}}, "should be less than or equal to 63"),
    ("warned 9 days before", S, {"certKey": {"notificationPeriodDays": 9}}, "should be greater than or equal to 10"),
    ("warned 101 days before", S, {"certKey": {"notificationPeriodDays": 101}}, "should be less than or equal to 100"),
    # --- bindings ----------------------------------------------------------------------------------------------------
    ("binding to nothing", S, bindings({"role": "sni"}), ONE_TARGET),
    ("binding to two", S, bindings({"virtualServer": "a", "service": "b"}), ONE_TARGET),
    ("binding to three", S, bindings({"virtualServer": "a", "service": "b", "serviceGroup": "c"}), ONE_TARGET),
    ("virtual server without a name", S, bindings({"virtualServer": ""}), "should be at least 1 chars long"),
    ("virtual server with a long name", S, bindings({"virtualServer": "v" * 128}), "Too long"),
    ("virtual server with a line end", S, bindings({"virtualServer": "v\n"}), "without control characters"),
    ("unknown role", S, bindings({"virtualServer": "v", "role": "ca"}), 'supported values: "default", "sni"'),
    ("a service with SNI", S, bindings({"service": "s", "role": "sni"}), "take no SNI certificates"),
    ("enableSNI for the default slot", S, bindings({**DEFAULT, "enableSNI": True}), "enableSNI is only for role sni"),
    ("binding twice", S, bindings(SNI, DEFAULT, SNI), "must not have the same virtual server"),
    ("binding of a service twice", S, bindings({"service": "s"}, {"service": "s"}), "must not have the same virtual"),
    ("65 bindings", S, bindings(*[{"service": f"s{i}"} for i in range(65)]), "must have at most 64 items"),
    ("NewCertKey with role sni", S, bindings(DEFAULT, SNI, updatePolicy="NewCertKey"), "NewCertKey is not for"),
    # --- source ------------------------------------------------------------------------------------------------------
    ("files, which are for manifests", S, {"source": {"files": {"certificate": "a", "privateKey": "b"}}},
     'unknown field "spec.source.files"'),
    ("certificateKey that is a path", S, {"source": {"certificateKey": "a/b"}}, SECRET_KEY),
    ("empty privateKeyKey", S, {"source": {"privateKeyKey": ""}}, "should be at least 1 chars long"),
    ("password without a key", S, {"source": {"passwordSecretRef": {"name": "a"}}}, "passwordSecretRef.key: Required"),
    ("password without a Secret", S, {"source": {"passwordSecretRef": {"key": "a"}}}, "Ref.name: Required value"),
    ("password in an odd Secret", S, {"source": {"passwordSecretRef": {"name": "A", "key": "a"}}}, NAMES),
    ("password under an odd key", S, {"source": {"passwordSecretRef": {"name": "a", "key": "a b"}}}, SECRET_KEY),
    ("fipsKey with an odd name", S, {"source": {"fipsKey": "a/b"}}, CHARSET),
    # --- policies ----------------------------------------------------------------------------------------------------
    *[(f"unknown {field}", S, {field: "Perhaps"}, "supported values") for field in (
        "chain", "updatePolicy", "adoptionPolicy", "driftPolicy", "deletionPolicy", "expiredPolicy")],
    ("unknown format", S, {"source": {"format": "JKS"}}, 'supported values: "PEM", "PKCS12"'),
    ("unknown strategy", S, {"rollout": {"strategy": "Slowly"}}, 'supported values: "AllAtOnce", "OneByOne"'),
    ("schedule of four fields", S, windows(schedule="0 22 * *"), "must have five fields"),
    ("schedule as a word", S, windows(schedule="@midnight"), "must have five fields"),
    ("window without a schedule", S, {"deployWindows": {"windows": [{"duration": "4h"}]}}, "schedule: Required value"),
    ("window without a length", S, {"deployWindows": {"windows": [{"schedule": "0 0 1 1 0"}]}},
     "duration: Required value"),
    ("window of a second", S, windows(duration="1s"), "must be a duration from 1m to 168h"),
    ("window of more than a week", A, windows(duration="168h1m"), "must be a duration from 1m to 168h"),
    ("time zone with a blank", A, windows(timeZone="Europe/ Berlin"), "must be the name of a time zone"),
    ("17 windows", S, {"deployWindows": {"windows": [{"schedule": "0 0 1 1 0", "duration": "1m"}] * 17}}, "at most 16"),
    ("urgentBefore too long", S, {"deployWindows": {"urgentBefore": "9000h"}}, "must be a duration from 0s to 8784h"),
    ("unknown mode", S, {"verification": {"mode": "Later"}}, 'supported values: "Report", "Rollback", "Off"'),
    ("endpoint without a port", S, verify("www.example.com"), HOST_PORT),
    ("endpoint with port 0 to prove", S, verify("www.example.com:0"), HOST_PORT),
    ("endpoint as a URL", S, verify("https://www.example.com:443"), HOST_PORT),
    ("endpoint with bare IPv6", S, verify("2001:db8::1:443"), HOST_PORT),
    ("endpoint without address", S, {"verification": {"endpoints": [{"serverName": "a"}]}}, "address: Required value"),
    ("endpoint with an odd serverName", S, {"verification": {"endpoints": [{"address": "a:1", "serverName": "a/b"}]}},
     "must be a host name"),
    ("17 endpoints", S, {"verification": {"endpoints": [{"address": f"h:{i}"} for i in range(1, 18)]}}, "at most 16"),
    ("timeout too long", S, {"verification": {"timeout": "61s"}}, "must be a duration from 1s to 1m"),
    ("timeout too short", S, {"verification": {"timeout": "0s"}}, "must be a duration from 1s to 1m"),
]

# Title, kind, patch for the creation, patch for the change, answer (None: it is allowed).
CHANGED = [
    ("certKey.name", S, name("a"), name("b"), "spec.certKey.name: Forbidden: cannot be changed"),
    ("certKey.name, from the default", S, {}, name("b"), "spec.certKey.name: Forbidden: cannot be changed"),
    ("certKey.name, back to the default", S, name("a"), {"certKey": None}, "spec.certKey.name: Forbidden"),
    ("certKey.name, the default spelled out", S, {}, name("{{namespace}}_{{secret}}"), None),
    ("certKey.maxNameLength", S, {}, {"certKey": {"maxNameLength": 32}}, "spec.certKey.maxNameLength: Forbidden"),
    ("certKey.expiryMonitor", S, name("a"), {"certKey": {"expiryMonitor": False}}, None),
    ("partition", A, {"partition": "p"}, {"partition": "q"}, "spec.partition: Forbidden: cannot be changed"),
    ("partition, added", A, {}, {"partition": "q"}, "spec.partition: Forbidden: cannot be changed"),
    ("partition, removed", A, {"partition": "p"}, {"partition": None}, "spec.partition: Forbidden: cannot be changed"),
    ("endpoints", A, {"partition": "p"}, {"endpoints": ["https://192.0.2.99"]}, None),
    ("secretRef to selector", S, bindings(SNI), selects(), None),
]

TIME = "2026-01-31T12:00:00Z"


def condition(kind):
    return {"type": kind, "status": "True", "reason": "Synced", "message": "", "lastTransitionTime": TIME,
            "observedGeneration": 1}


# All that design.md names: nothing of it may be pruned.
STATUS = {
    A: {
        "observedGeneration": 1, "conditions": [condition(c) for c in ("Ready", "Reconciling", "Stalled", "Saved")],
        "primaryEndpoint": "https://192.0.2.10", "version": "14.1-43.50", "haState": "Primary", "certKeys": 0,
        "managedCertKeys": 0, "nextExpiry": {"certKey": "default_www-tls", "notAfter": TIME}, "lastSyncTime": TIME,
        "lastSaveTime": TIME,
    },
    S: {
        "observedGeneration": 1,
        "conditions": [condition(c) for c in ("Ready", "Reconciling", "Stalled", "Verified", "Drifted")],
        "certificates": [{"secretName": "www-tls", "certKey": "default_www-tls", "serial": "0A", "sha256": HEX,
                          "notBefore": TIME, "notAfter": "9999-12-31T23:59:59Z", "dnsNames": ["a.example"] * 8,
                          "dnsNamesTotal": 9}],
        "certificatesTotal": 1,
        "appliances": [{"name": "edge", "ready": True, "reason": "Synced", "message": "m" * 32768,
                        "certKeys": ["default_www-tls"], "lastSyncTime": TIME, "lastVerifyTime": TIME}],
        "appliancesTotal": 1, "targets": "1/1", "boundTo": ["edge/vs_www:sni"] * 256, "nextWindow": TIME,
        "lastSyncTime": TIME, "lastHandledSyncRequest": "1", "lastHandledDeployNow": "2", "plan": ["p" * 200] * 100,
    },
}
