#!/usr/bin/env bash
# The whole stack on loopback, for people: etcd, kube-apiserver, cert-manager, two simulated appliances, the operator under its
# own ServiceAccount. deploy/examples/ fits it as it is.
#
#   up.sh start     prints `export KUBECONFIG=…` and returns; build/up/env has that and the addresses, to be sourced
#   up.sh stop
#   up.sh renew     cert-manager renews the Certificate www
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
bin=${CERTSYNC_BIN:-$top/build/bin}
dir=$top/build/up
export KUBECONFIG=$dir/cluster/kubeconfig

die() { printf 'up: %s\n' "$1" >&2; [[ -z ${2:-} ]] || tail -n 20 "$2" >&2; exit 1; }
# A short wait without a process of its own.
pause() { read -rt 0.1 <> <(:) || true; }
within() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    pause
  done
}
kubectl() { "$programs/kubectl" "$@"; }
launch() { # NAME COMMAND...: stdout to NAME.out, stderr to NAME.log
  local name=$1
  shift
  : >"$dir/$name.log"  # may be read before the program has begun
  setsid "$@" </dev/null >"$dir/$name.out" 2>"$dir/$name.log" &
  echo $! >"$dir/$name.pid"
}
is_running() { # NAME PROGRAM
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]]
}
is_gone() { ! is_running "$@"; }
end() { # NAME PROGRAM
  if is_running "$@"; then kill "$(cat "$dir/$1.pid")"; fi
  within 30 is_gone "$@" || kill -KILL "$(cat "$dir/$1.pid")"
  rm -f "$dir/$1.pid"
}
port_of() { sed -nE "s/.*$1=([0-9]+).*/\1/p" "$dir/certsync.log" | head -n 1; }
has_ports() { [[ -n $(port_of health_port) ]]; }
is_ready() { curl -fsS "http://127.0.0.1:$(port_of health_port)/readyz" >/dev/null 2>&1; }

start_cert_manager() {
  local folder
  folder=$("$here/build.sh" cert-manager)
  kubectl apply --server-side -f "$folder" >/dev/null
  kubectl wait --for=condition=Established crd --all --timeout=60s >/dev/null
  launch cert-manager "$folder/bin/cert-manager-controller"
  kubectl apply -f "$here/up/www.yaml" >/dev/null
  kubectl wait certificate/www -n default --for=condition=Ready --timeout=60s >/dev/null ||
    die 'cert-manager issues nothing' "$dir/cert-manager.log"
}
renew() {
  local revision
  revision=$(kubectl get certificate www -n default -o 'jsonpath={.status.revision}')
  PATH=$programs:$PATH "$here/up/cmctl" renew www -n default >/dev/null
  kubectl wait certificate/www -n default --for="jsonpath={.status.revision}=$((revision + 1))" --timeout=60s >/dev/null ||
    die 'cert-manager does not renew' "$dir/cert-manager.log"
}
start_appliance() { # NUMBER
  launch "edge-$1" "$bin/nitro-sim" --listen "127.0.10.$1:8443" --certificate "$here/up/appliance.pem" \
    --key "$here/up/appliance.key" --user certsync --password change-me --vserver vs_www --vserver vs_shop:sni
  within 20 test -s "$dir/edge-$1.out" || die "the simulated appliance edge-$1 does not start" "$dir/edge-$1.log"
}
install_operator() {
  kubectl apply -f "$top/crds" >/dev/null
  kubectl wait --for=condition=Established crd --all --timeout=60s >/dev/null
  kubectl apply -k "$top/deploy/cluster-wide" >/dev/null
}
start_operator() {
  local server ca
  server=$(kubectl config view --raw -o 'jsonpath={.clusters[0].cluster.server}')
  ca=$(kubectl config view --raw --flatten -o 'jsonpath={.clusters[0].cluster.certificate-authority-data}')
  # The account's rights and nothing else.
  kubectl create token netscaler-cert-sync -n netscaler-cert-sync --duration 24h >"$dir/token"
  cat >"$dir/operator.kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: operator
clusters: [{name: up, cluster: {server: "$server", certificate-authority-data: $ca}}]
users: [{name: operator, user: {tokenFile: token}}]
contexts: [{name: operator, context: {cluster: up, user: operator, namespace: netscaler-cert-sync}}]
YAML
  launch certsync "$bin/certsync" run --kubeconfig "$dir/operator.kubeconfig" --namespace netscaler-cert-sync \
    --allow-loopback-probes --metrics-address 127.0.0.1:0 --health-address 127.0.0.1:0
  within 20 has_ports || die 'the operator does not start' "$dir/certsync.log"
  within 60 is_ready || die 'the operator does not become ready' "$dir/certsync.log"
}
write_env() {
  {
    printf 'export KUBECONFIG=%q\n' "$KUBECONFIG"
    printf 'export PATH=%q:%q:"$PATH"\n' "$programs" "$here/up"
    python3 - "$dir" <<'PY'
import json, shlex, sys
for i in (1, 2):
    box = json.load(open(f"{sys.argv[1]}/edge-{i}.out"))["appliances"][0]
    pairs = {"NITRO": box["nitro"], "CONTROL": box["control"], "FINGERPRINT": box["fingerprint"]}
    pairs |= {name.upper(): address for name, address in box["endpoints"].items()}
    for name, value in pairs.items():
        print(f"export EDGE_{i}_{name}={shlex.quote(value)}")
PY
    printf 'export CERTSYNC_METRICS=http://127.0.0.1:%s/metrics\n' "$(port_of metrics_port)"
    printf 'export CERTSYNC_HEALTH=http://127.0.0.1:%s\n' "$(port_of health_port)"
    printf 'export CERTSYNC_LOG=%q\n' "$dir/certsync.log"
  } >"$dir/env"
}
stop() {
  [[ -d $dir ]] || return 0
  end certsync certsync
  end cert-manager cert-manager-co  # as far as the kernel keeps a name
  for i in 1 2; do end "edge-$i" nitro-sim; done
  "$here/control_plane.sh" stop "$dir/cluster"
  rm -rf "$dir"
}
start() {
  [[ ! -d $dir ]] || stop
  mkdir -p "$dir"
  "$here/control_plane.sh" start "$dir/cluster" >/dev/null
  start_appliance 1
  start_appliance 2
  install_operator
  start_cert_manager
  start_operator
  write_env
  printf 'export KUBECONFIG=%q\n' "$KUBECONFIG"
  cat >&2 <<TEXT

Up. Next:
  source build/up/env                  # KUBECONFIG, kubectl, addresses
  kubectl apply -f deploy/examples/
  kubectl wait --for=condition=Ready ncs/www && kubectl get ncs,nsa
  ./dev renew                          # cert-manager renews www at once; then look again
  ./dev down
TEXT
}

case ${1:-} in
start) programs=$("$here/build.sh"); start ;;
stop) stop ;;
renew) [[ -d $dir ]] || die 'nothing is up'; programs=$("$here/build.sh"); renew ;;
*) echo 'usage: up.sh start|stop|renew' >&2; exit 3 ;;
esac
