"""Pictures for alerts_test.py: series and time, and what fires then.

A case is (alert, what it shows, {series: values}, at, [(labels of the firing alert, its summary)]). Values are promtool's:
`1x120` is 1 for two hours. Times count from 1970, so a certificate that ends on day 27 has the value 27 * DAY."""

DAY = 86400
CERT = 'namespace="team-a",name="www",secret="www-tls",appliance="edge",certkey="team-a_www-tls"'
WHO = {"namespace": "team-a", "name": "www"}
WHERE = {"secret": "www-tls", "appliance": "edge", "certkey": "team-a_www-tls"}
STEADY = "x900"


def certificate(days_left, days_of_life=None, copy="served"):
    """Series of a certificate, as seen at time 0."""
    series = {f'certsync_certificate_not_after_timestamp_seconds{{{CERT},copy="{copy}"}}': f"{int(days_left * DAY)}{STEADY}"}
    if days_of_life:
        series[f'certsync_certificate_not_before_timestamp_seconds{{{CERT},copy="{copy}"}}'] = (
            f"{int((days_left - days_of_life) * DAY)}{STEADY}")
    return series


def ready(reason, kind="sync", condition="Ready"):
    who = 'namespace="team-a",name="www"' if kind == "sync" else 'name="edge"'
    return {f'certsync_{kind}_condition_reason{{{who},condition="{condition}",reason="{reason}"}}': "1" + STEADY}


def status(condition, value, kind="sync"):
    who = 'namespace="team-a",name="www"' if kind == "sync" else 'name="edge"'
    return {f'certsync_{kind}_status_condition{{{who},condition="{condition}",status="{value}"}}': "1" + STEADY}


def requests(**values):
    """By code, named so: c0, c1540, timeout."""
    return {f'certsync_nitro_requests_total{{appliance="edge",resource="sslcertkey",method="GET",code="{code.lstrip("c")}"}}':
            text for code, text in values.items()}


def fires(summary, **labels):
    return [(labels, summary)]


OVERDUE, EXPIRING, OUTDATED = ("CertSyncCertificateRenewalOverdue", "CertSyncCertificateExpiring",
                               "CertSyncInstalledCertificateOutdated")
CASES = [
    (OVERDUE, "27 of 90 days left", certificate(27, 90), "2h", fires(
        "team-a/www: certificate team-a_www-tls on edge ends in 26d 22h 0m 0s and should have been renewed",
        severity="warning", **WHO, **WHERE)),
    (OVERDUE, "the earliest copy counts", certificate(80, 90, "source") | certificate(27, 90, "installed"), "2h", fires(
        "team-a/www: certificate team-a_www-tls on edge ends in 26d 22h 0m 0s and should have been renewed",
        severity="warning", **WHO, **WHERE)),
    (OVERDUE, "no start of validity known", certificate(27), "2h", fires(
        "team-a/www: certificate team-a_www-tls on edge ends in 26d 22h 0m 0s and should have been renewed",
        severity="warning", **WHO, **WHERE)),
    (OVERDUE, "of a short life less than a third is left", certificate(2, 7), "2h", fires(
        "team-a/www: certificate team-a_www-tls on edge ends in 1d 22h 0m 0s and should have been renewed",
        severity="warning", **WHO, **WHERE)),
    (OVERDUE, "29 of 90 days left", certificate(29, 90), "2h", []),
    (OVERDUE, "a short life, more than a third of it left", certificate(3, 7), "2h", []),
    (OVERDUE, "only since half an hour", certificate(27, 90), "30m", []),
    (EXPIRING, "13 of 90 days left", certificate(13, 90), "1h", fires(
        "team-a/www: certificate team-a_www-tls on edge ends in 12d 23h 0m 0s", severity="critical", **WHO, **WHERE)),
    (EXPIRING, "it has ended", certificate(0.5, 90), "13h", fires(
        "team-a/www: certificate team-a_www-tls on edge ends in -1h 0m 0s", severity="critical", **WHO, **WHERE)),
    (EXPIRING, "of a short life less than a sixth is left", certificate(1, 7), "1h", fires(
        "team-a/www: certificate team-a_www-tls on edge ends in 23h 0m 0s", severity="critical", **WHO, **WHERE)),
    (EXPIRING, "15 of 90 days left", certificate(15, 90), "1h", []),
    (EXPIRING, "a short life, more than a sixth of it left", certificate(2, 7), "1h", []),
    (OUTDATED, "the Secret's ends later", certificate(90, copy="source") | certificate(30, copy="installed")
     | ready("NitroError"), "2h", fires("team-a/www: edge holds an older certificate than the Secret www-tls",
                                        severity="warning", **WHO, **WHERE)),
    (OUTDATED, "the same", certificate(90, copy="source") | certificate(90, copy="installed"), "2h", []),
    (OUTDATED, "it waits for its window", certificate(90, copy="source") | certificate(30, copy="installed")
     | ready("WaitingForWindow"), "2h", []),
    (OUTDATED, "suspended", certificate(90, copy="source") | certificate(30, copy="installed") | ready("Suspended"), "2h", []),
    (OUTDATED, "only since half an hour", certificate(90, copy="source") | certificate(30, copy="installed"), "30m", []),
    ("CertSyncServedCertificateWrong", "another certificate",
     {'certsync_served_certificate_match{namespace="team-a",name="www",appliance="edge",endpoint="192.0.2.1:443"}': "0" + STEADY},
     "15m", fires("team-a/www: 192.0.2.1:443 (edge) serves another certificate", severity="critical",
                  appliance="edge", endpoint="192.0.2.1:443", **WHO)),
    ("CertSyncServedCertificateWrong", "the wanted one",
     {'certsync_served_certificate_match{namespace="team-a",name="www",appliance="edge",endpoint="192.0.2.1:443"}': "1" + STEADY},
     "15m", []),
    ("CertSyncServedCertificateWrong", "suspended, with a renewed Secret",
     {'certsync_served_certificate_match{namespace="team-a",name="www",appliance="edge",endpoint="192.0.2.1:443"}': "0" + STEADY}
     | ready("Suspended"), "15m", []),
    ("CertSyncServedCertificateWrong", "for a moment after a renewal",
     {'certsync_served_certificate_match{namespace="team-a",name="www",appliance="edge",endpoint="192.0.2.1:443"}':
      "1x5 0x4 1x10"}, "15m", []),
    ("CertSyncUnmanagedCertKeyExpiring", "20 days left",
     {'certsync_appliance_certkey_not_after_timestamp_seconds{appliance="edge",certkey="old",managed="false"}':
      f"{20 * DAY}{STEADY}"}, "2h", fires(
          "edge: certkey old, which nobody renews here, ends in 19d 22h 0m 0s", severity="warning", appliance="edge",
          certkey="old", managed="false")),
    ("CertSyncUnmanagedCertKeyExpiring", "ours, a far end, and one that ended long ago",
     {'certsync_appliance_certkey_not_after_timestamp_seconds{appliance="edge",certkey="a",managed="true"}': f"{DAY}{STEADY}",
      'certsync_appliance_certkey_not_after_timestamp_seconds{appliance="edge",certkey="b",managed="false"}':
      f"{40 * DAY}{STEADY}",
      'certsync_appliance_certkey_not_after_timestamp_seconds{appliance="edge",certkey="c",managed="false"}':
      f"{-9 * DAY}{STEADY}",
      'certsync_appliance_certkey_not_after_timestamp_seconds{appliance="edge",certkey="ns-server-certificate",managed="false"}':
      f"{DAY}{STEADY}"}, "2h", []),
    ("CertSyncSyncFailing", "a refused key", ready("SecretInvalid"), "1h", fires(
        "team-a/www is not ready: SecretInvalid", severity="warning", condition="Ready", reason="SecretInvalid", **WHO)),
    ("CertSyncSyncFailing", "still at work after an hour", ready("Progressing"), "1h", fires(
        "team-a/www is not ready: Progressing", severity="warning", condition="Ready", reason="Progressing", **WHO)),
    ("CertSyncSyncFailing", "all is well", ready("Synced"), "1h", []),
    ("CertSyncSyncFailing", "it waits", ready("WaitingForRollout"), "1h", []),
    ("CertSyncSyncFailing", "the appliance's trouble", ready("ApplianceUnreachable"), "1h", []),
    ("CertSyncSyncFailing", "another condition", ready("Unreachable", condition="Verified"), "1h", []),
    ("CertSyncSyncFailing", "only since ten minutes", ready("SecretInvalid"), "10m", []),
    ("CertSyncWindowUnsatisfiable", "no window in time", ready("WindowUnsatisfiable"), "1h", fires(
        "team-a/www: no deploy window opens before the installed certificate ends", severity="warning",
        condition="Ready", reason="WindowUnsatisfiable", **WHO)),
    ("CertSyncWindowUnsatisfiable", "a window comes", ready("WaitingForWindow"), "1h", []),
    ("CertSyncOwnershipConflict", "two", {'certsync_ownership_conflicts{appliance="edge"}': "2" + STEADY}, "1h", fires(
        "edge: 2 certkeys or slots that are wanted belong to somebody else", severity="warning", appliance="edge")),
    ("CertSyncOwnershipConflict", "none", {'certsync_ownership_conflicts{appliance="edge"}': "0" + STEADY}, "1h", []),
    ("CertSyncDriftDetected", "once", {'certsync_drift_detected_total{appliance="edge"}': "0x30 1x90"}, "1h", fires(
        "edge: somebody else has changed our certkeys", severity="warning", appliance="edge")),
    ("CertSyncDriftDetected", "long ago", {'certsync_drift_detected_total{appliance="edge"}': "0x30 1x200"}, "3h", []),
    ("CertSyncDrifted", "left so", status("Drifted", "True"), "1h", fires(
        "team-a/www has drifted and is left so", severity="warning", condition="Drifted", status="True", **WHO)),
    ("CertSyncDrifted", "not drifted",
     {'certsync_sync_status_condition{namespace="team-a",name="www",condition="Drifted",status="True"}': "0" + STEADY}, "1h", []),
    ("CertSyncApplianceUnreachable", "no answer", ready("ApplianceUnreachable", "appliance"), "20m", fires(
        "Appliance edge does not answer", severity="warning", name="edge", condition="Ready", reason="ApplianceUnreachable")),
    ("CertSyncApplianceUnreachable", "a reboot", ready("ApplianceUnreachable", "appliance"), "10m", []),
    ("CertSyncCredentialsRejected", "a wrong password", ready("CredentialsRejected", "appliance"), "10m", fires(
        "Appliance edge refuses the login", severity="warning", name="edge", condition="Ready", reason="CredentialsRejected")),
    ("CertSyncCredentialsRejected", "all is well", ready("Synced", "appliance"), "10m", []),
    ("CertSyncApplianceFailing", "rights are missing", ready("NotAuthorized", "appliance"), "1h", fires(
        "Appliance edge cannot be worked on: NotAuthorized", severity="warning", name="edge", condition="Ready",
        reason="NotAuthorized")),
    ("CertSyncApplianceFailing", "has an alert of its own", ready("ApplianceUnreachable", "appliance"), "1h", []),
    ("CertSyncApplianceFailing", "suspended", ready("Suspended", "appliance"), "1h", []),
    ("CertSyncFailover", "once", {'certsync_appliance_failovers_total{appliance="edge"}': "0x10 1x50"}, "15m", fires(
        "edge: another node of the HA pair is the primary", severity="info", appliance="edge")),
    ("CertSyncFailover", "none", {'certsync_appliance_failovers_total{appliance="edge"}': "1" + STEADY}, "15m", []),
    ("CertSyncConfigurationUnsaved", "a failing save", status("Saved", "False", "appliance"), "1h", fires(
        "Appliance edge: the configuration is not saved", severity="warning", name="edge", condition="Saved", status="False")),
    ("CertSyncConfigurationUnsaved", "between update and save",
     {'certsync_appliance_status_condition{name="edge",condition="Saved",status="False"}': "0x10 1x5 0x60"}, "1h", []),
    ("CertSyncNitroErrors", "one in five", requests(c0="0+8x120", c1540="0+2x120"), "1h", fires(
        "edge refuses more than a tenth of the NITRO requests", severity="warning", appliance="edge")),
    ("CertSyncNitroErrors", "one in a hundred", requests(c0="0+99x120", c1540="0+1x120"), "1h", []),
    ("CertSyncNitroErrors", "three on a quiet day", requests(c0="0x120", c1540="0x30 3x90"), "40m", []),
    ("CertSyncNitroErrors", "no answer", requests(c0="0+1x120", timeout="0+9x120"), "1h", []),
    ("CertSyncOperatorDown", "nothing is scraped", {}, "15m", fires("netscaler-cert-sync is not running", severity="critical")),
    ("CertSyncOperatorDown", "one replica", {'certsync_build_info{version="1",revision="a"}': "1" + STEADY}, "15m", []),
    ("CertSyncNoLeader", "two standbys",
     {'leader_election_master_status{name="netscaler-cert-sync",namespace="ops",pod="a"}': "0" + STEADY,
      'leader_election_master_status{name="netscaler-cert-sync",namespace="ops",pod="b"}': "0" + STEADY}, "10m", fires(
          "netscaler-cert-sync in ops has no leader", severity="critical", namespace="ops")),
    ("CertSyncNoLeader", "a leader and a standby",
     {'leader_election_master_status{name="netscaler-cert-sync",namespace="ops",pod="a"}': "1" + STEADY,
      'leader_election_master_status{name="netscaler-cert-sync",namespace="ops",pod="b"}': "0" + STEADY}, "10m", []),
    ("CertSyncNoLeader", "somebody else's lease",
     {'leader_election_master_status{name="other",namespace="ops",pod="a"}': "0" + STEADY}, "10m", []),
    ("CertSyncWatchStale", "silence", {'certsync_watch_last_event_timestamp_seconds{resource="secrets",pod="a"}': "0" + STEADY},
     "20m", fires("netscaler-cert-sync has heard nothing about secrets for 20m 0s", severity="warning", resource="secrets",
                  pod="a")),
    ("CertSyncWatchStale", "bookmarks every minute",
     {'certsync_watch_last_event_timestamp_seconds{resource="secrets",pod="a"}': "0+60x600"}, "20m", []),
    ("CertSyncReconcileStuck", "an endless pass",
     {'workqueue_longest_running_processor_seconds{name="appliance",controller="appliance"}': "0+60x600"}, "40m", fires(
         "netscaler-cert-sync has worked on one appliance for 40m 0s", severity="warning", name="appliance",
         controller="appliance")),
    ("CertSyncReconcileStuck", "five minutes, again and again",
     {'workqueue_longest_running_processor_seconds{name="appliance",controller="appliance"}': "300" + STEADY}, "40m", []),
    ("CertSyncReconcilePanics", "once",
     {'controller_runtime_reconcile_panics_total{controller="appliance"}': "0x30 1x90"}, "1h", fires(
         "netscaler-cert-sync has hit a defect of its own", severity="warning", controller="appliance")),
    ("CertSyncReconcilePanics", "somebody else's", {'controller_runtime_reconcile_panics_total{controller="other"}':
                                                    "0x30 1x90"}, "1h", []),
    ("CertSyncManifestErrors", "two", {"certsync_manifest_errors": "2" + STEADY}, "30m", fires(
        "netscaler-cert-sync cannot use 2 manifests", severity="warning")),
    ("CertSyncManifestErrors", "none", {"certsync_manifest_errors": "0" + STEADY}, "30m", []),
]
