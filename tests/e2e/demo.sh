#!/usr/bin/env bash
# Two simulated appliances, one certificate with two intermediates: deployed, bound, renewed, and shown by real TLS
# handshakes. --exit: end by itself, exit 0 only if all of it happened. Ports and folders are fresh ones.
set -euo pipefail
bin=${CERTSYNC_BIN:-$(dirname "${BASH_SOURCE[0]}")/../../build/bin}
stay=true
[[ ${1:-} == --exit ]] && stay=false

work=$(mktemp -d)
mkdir -p "$work"/{manifests,status,pki,pins}
pids=()
cleanup() {
  ((${#pids[@]})) && kill "${pids[@]}" 2>/dev/null
  wait || true
  rm -rf "$work"
}
trap cleanup EXIT

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; tail -n 20 "$work/certsync.log" >&2 || true; exit 1; }
# A short wait without a process of its own.
pause() { read -rt 0.1 <> <(:) || true; }
# until_true SECONDS COMMAND...: the command again and again until it succeeds.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    pause
  done
}
field() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval("d"+sys.argv[2]))' "$work/sim.json" "$1"; }

# --- certificates: root -> Issuing -> Edge -> leaf -----------------------------------------------------------------
pki() { (cd "$work/pki" && openssl "$@" 2>>openssl.log); }
authority() { # NAME ISSUER
  local sign=(-signkey "$1.key")
  [[ $2 ]] && sign=(-CA "$2.pem" -CAkey "$2.key" -CAcreateserial)
  pki req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/O=Demo/CN=$1 CA"
  pki x509 -req -in "$1.csr" -days 3650 -out "$1.pem" "${sign[@]}" \
    -extfile <(printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n')
}
leaf() { # FILE DAYS
  pki req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=www.example.com"
  pki x509 -req -in "$1.csr" -days "$2" -CA Edge.pem -CAkey Edge.key -CAcreateserial -out "$1.pem" \
    -extfile <(printf 'subjectAltName=DNS:www.example.com\nextendedKeyUsage=serverAuth\n')
}
authority Root ''
authority Issuing Root
authority Edge Issuing
leaf first 30
leaf renewed 90

# --- manifests ------------------------------------------------------------------------------------------------------
indented() { sed 's/^/    /' "$@"; }
write_secret() { # LEAF
  {
    printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: www-tls}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: |\n'
    indented "$work/pki/$1.pem" "$work/pki/Edge.pem" "$work/pki/Issuing.pem"
    printf '  tls.key: |\n'
    indented "$work/pki/$1.key"
  } >"$work/secret.new"
  mv "$work/secret.new" "$work/manifests/secret.yaml"
}
write_appliances() {
  printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: edge-nitro}\ntype: kubernetes.io/basic-auth\n'
  printf 'stringData: {username: "%s", password: demo-password}\n' "$(field '["appliances"][0]["user"]')"
  for i in 0 1; do
    cat <<END
---
apiVersion: netscaler.certsync.io/v1alpha1
kind: NetScalerAppliance
metadata: {name: edge-$i}
spec:
  endpoints: ["$(field "['appliances'][$i]['nitro']")"]
  credentialsSecretRef: {name: edge-nitro}
  tls: {fingerprints: ["$(field "['appliances'][$i]['fingerprint']")"]}
END
  done
}
write_sync() {
  cat <<'END'
apiVersion: netscaler.certsync.io/v1alpha1
kind: NetScalerCertSync
metadata: {name: www}
spec:
  secretRef: {name: www-tls}
  appliances: [{name: edge-0}, {name: edge-1}]
  bindings:
  - {virtualServer: vs_www, role: default}
  - {virtualServer: vs_shop, role: sni}
END
}

# --- what an endpoint serves ----------------------------------------------------------------------------------------
handshake() { # ADDRESS NAME
  openssl s_client -connect "$1" -servername "$2" -showcerts </dev/null 2>/dev/null
}
serial_at() { handshake "$1" www.example.com | openssl x509 -noout -serial 2>/dev/null | cut -d= -f2; }
serial_of() { pki x509 -in "$1.pem" -noout -serial | cut -d= -f2; }
serves() { [[ $(serial_at "$1") == "$2" ]]; }
endpoints() { for i in 0 1; do for v in vs_www vs_shop; do echo "edge-$i $v $(field "['appliances'][$i]['endpoints']['$v']")"; done; done; }
show_endpoints() {
  while read -r appliance server address; do
    local shown
    shown=$(handshake "$address" www.example.com) || { printf '  %-7s %-8s %-16s no certificate\n' "$appliance" "$server" "$address"; continue; }
    printf '  %-7s %-8s %-16s serial …%s, %s certificates, %s\n' "$appliance" "$server" "$address" \
      "$(openssl x509 -noout -serial <<<"$shown" | tail -c 9)" "$(grep -c 'BEGIN CERT' <<<"$shown")" \
      "$(openssl x509 -noout -enddate <<<"$shown")"
  done < <(endpoints)
}
everywhere() { # SERIAL: served at every endpoint
  while read -r _ _ address; do serves "$address" "$1" || return 1; done < <(endpoints)
}
chain_everywhere() {
  while read -r _ _ address; do
    (($(handshake "$address" www.example.com | grep -c 'BEGIN CERT') == 3)) || return 1
  done < <(endpoints)
}
is_ready() { grep -A3 -E 'type: "?Ready' "$work/status/netscalercertsync/default/www.yaml" 2>/dev/null | grep -qE 'status: "?True'; }
steps() { grep -E ' write ' "$work/certsync.log" | tail -n "+$(($1 + 1))" | sed -E 's/^[^ ]+ +[a-z]+ +write +/  /; s/ (errorcode|sync)=[^ ]+//g'; }
count_steps() { grep -cE ' write ' "$work/certsync.log" || true; }

# --- the show -------------------------------------------------------------------------------------------------------
title '1. Two simulated appliances'
printf 'demo-password' >"$work/password"
"$bin/nitro-sim" --count 2 --vserver vs_www --vserver vs_shop:sni --password-file "$work/password" >"$work/sim.json" 2>"$work/sim.log" &
pids+=($!)
until_true 20 test -s "$work/sim.json" || die 'the simulator did not start'
show_endpoints

title '2. certsync run --manifests'
write_appliances >"$work/manifests/appliances.yaml"
write_secret first
write_sync >"$work/manifests/www.yaml"
cat "$work/manifests/www.yaml"
"$bin/certsync" run --manifests "$work/manifests" --status-dir "$work/status" --owner-id demo \
  --metrics-address 127.0.0.1:0 --health-address 127.0.0.1:0 2>"$work/certsync.log" &
pids+=($!)
until_true ${DEMO_PATIENCE:-30} is_ready || die 'the resource did not become Ready'
first=$(serial_of first)
until_true ${DEMO_PATIENCE:-30} everywhere "$first" || die 'the first certificate is not served everywhere'
chain_everywhere || die 'the chain is not served everywhere'
steps 0

title '3. Served before the renewal'
show_endpoints

title '4. The Secret is renewed'
before=$(count_steps)
write_secret renewed
renewed=$(serial_of renewed)
[[ $first != "$renewed" ]] || die 'the renewed certificate has the serial of the first'
until_true ${DEMO_PATIENCE:-30} everywhere "$renewed" || die 'the renewed certificate is not served everywhere'
chain_everywhere || die 'the chain got lost'
gone() { ! curl -fsS "$1/state" | grep -q "cs-demo.*$2"; }
retired=$(openssl x509 -in "$work/pki/first.pem" -outform DER | sha256sum | cut -c1-24)
for i in 0 1; do
  until_true ${DEMO_PATIENCE:-30} gone "$(field "['appliances'][$i]['control']")" "$retired" || die 'the replaced files were not removed'
done
until_true ${DEMO_PATIENCE:-30} is_ready || die 'the resource is not Ready after the renewal'
steps "$before"

title '5. Served after the renewal'
show_endpoints

title '6. Metrics'
metrics_port=$(grep -oE 'metrics_port=[0-9]+' "$work/certsync.log" | cut -d= -f2)
metrics="http://127.0.0.1:$metrics_port/metrics"
curl -fsS "$metrics" | grep -E '^certsync_(certificate_not_after|served_certificate_match|deploy_lag_seconds_(sum|count))' || die 'no metrics'

if $stay; then
  title 'Up until Ctrl-C'
  echo "  manifests: $work/manifests (edit them)"
  echo "  status:    $work/status"
  echo "  log:       $work/certsync.log"
  echo "  metrics:   $metrics"
  for i in 0 1; do echo "  edge-$i:    curl $(field "['appliances'][$i]['control']")/state"; done
  trap 'exit 0' INT TERM
  wait "${pids[@]}"
fi
title '7. Stopped by SIGTERM: saved, logged out'
operator=${pids[1]}
kill "$operator"
wait "$operator" || { tail -n 40 "$work/certsync.log" >&2; die "certsync ended with $?"; }
pids=("${pids[0]}")
title 'All of it happened.'
