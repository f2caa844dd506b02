#!/usr/bin/env bash
# A Kubernetes API for tests: etcd and kube-apiserver on free loopback ports, with RBAC and nothing else (no
# controller-manager: namespaces stay Terminating, there is no garbage collection and no default service account).
#
#   control_plane.sh start DIR           prints `export KUBECONFIG=…` when the API is ready; DIR must be new or empty
#   control_plane.sh stop DIR            ends both, leaves DIR
#   control_plane.sh kill-apiserver DIR  SIGKILL, as after a crash
#   control_plane.sh start-apiserver DIR the same port and the same data again
#   control_plane.sh join DIR OTHER ETCD another kube-apiserver for the same data: the certificates of OTHER, its etcd
#                                        at ETCD (127.0.0.1:PORT), or somebody between
#   control_plane.sh compact DIR         forgets all revisions but the newest. kube-apiserver's watch cache still knows
#                                        the last ones; restart it, and watches from them get 410
#
# APISERVER_FLAGS: more flags for kube-apiserver. Logs and pids (etcd.pid, apiserver.pid) are in DIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# A short wait without a process of its own.
pause() { read -rt 0.1 <> <(:) || true; }
die() {
  printf 'control_plane: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || tail -n 20 "$2" >&2
  exit 1
}
# within SECONDS COMMAND...: the command again and again until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    pause
  done
}

# --- processes ------------------------------------------------------------------------------------------------------
# A zombie that nobody has waited for is gone too; the name guards against a pid that somebody else has by now.
alive() { # NAME
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && [[ $pid ]] || return 1
  [[ $(cat "/proc/$pid/comm" 2>/dev/null) == *"$1"* ]] || return 1
  [[ $(sed -nE 's/^State:\s+(.).*/\1/p' "/proc/$pid/status" 2>/dev/null) != Z ]]
}
gone() { ! alive "$1"; }
# SIGTERM would leave open watches alive and silent for a minute.
end() { # NAME
  if alive "$1"; then kill -KILL "$(cat "$dir/$1.pid")"; fi
  within 20 gone "$1" || die "$1 does not end"
  rm -f "$dir/$1.pid"
}
launch() { # NAME COMMAND...
  local name=$1
  shift
  setsid "$@" </dev/null >>"$dir/$name.log" 2>&1 &
  echo $! >"$dir/$name.pid"
  # alive knows the program by its name, and until then this is a shell or setsid.
  within 20 has_become_it $! || die "$name does not start"
}
has_become_it() { [[ $(cat "/proc/$1/comm" 2>/dev/null) != @(bash|setsid|control_plane*) ]]; }
# Three ports at once, so that they differ. Somebody may take one before we do: start tries again then.
take_ports() {
  python3 - >"$dir/ports" <<'PY'
import random, socket
# Below the range from which the system takes ports for outgoing connections: such a one would be in the way when the
# server is started again.
held = []
for port in random.sample(range(20000, 32000), 200):
    try:
        held.append(socket.create_server(("127.0.0.1", port)))
    except OSError:
        continue
    if len(held) == 3:
        break
for name, s in zip(("etcd_port", "peer_port", "api_port"), held):
    print(f"{name}={s.getsockname()[1]}")
PY
}
read_ports() {
  [[ -f $dir/ports ]] || die "nothing was started in $dir"
  # shellcheck source=/dev/null
  source "$dir/ports"
}

# --- certificates ---------------------------------------------------------------------------------------------------
pki() { (cd "$dir/pki" && openssl "$@" 2>>openssl.log) || die "openssl $1 failed" "$dir/pki/openssl.log"; }
new_key() { pki genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
signed() { # NAME SUBJECT EXTENSIONS
  new_key "$1"
  pki req -new -key "$1.key" -subj "$2" -out "$1.csr"
  pki x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" -extfile <(printf '%s\n' "$3")
}
make_pki() {
  mkdir "$dir/pki"
  new_key ca
  pki req -x509 -new -key ca.key -subj /CN=certsync-test-ca -days 30 -out ca.crt
  signed apiserver /CN=kube-apiserver \
    $'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth'
  signed admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
  new_key sa
  pki pkey -in sa.key -pubout -out sa.pub
}
write_kubeconfig() {
  local config=(env "KUBECONFIG=$dir/kubeconfig" "$bin/kubectl" config)
  rm -f "$dir/kubeconfig"
  {
    "${config[@]}" set-cluster test --server="https://127.0.0.1:$api_port" --certificate-authority="$dir/pki/ca.crt" \
      --embed-certs
    "${config[@]}" set-credentials admin --client-certificate="$dir/pki/admin.crt" \
      --client-key="$dir/pki/admin.key" --embed-certs
    "${config[@]}" set-context test --cluster=test --user=admin
    "${config[@]}" use-context test
  } >/dev/null
}

# --- the two programs -----------------------------------------------------------------------------------------------
etcdctl() { "$bin/etcdctl" --endpoints="http://127.0.0.1:$etcd_port" "$@"; }
kubectl() { "$bin/kubectl" --kubeconfig="$dir/kubeconfig" --request-timeout=5s "$@"; }

# until_up NAME COMMAND...: the command succeeds; at once an error when the process has ended, which a taken port does.
until_up() {
  local name=$1 end=$((SECONDS + 120))
  shift
  until "$@" >/dev/null 2>&1; do
    alive "$name" || return 1
    ((SECONDS < end)) || return 1
    pause
  done
}
etcd_healthy() { etcdctl endpoint health; }
start_etcd() {
  launch etcd "$bin/etcd" --data-dir "$dir/etcd" --unsafe-no-fsync \
    --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
    --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
    --initial-cluster "default=http://127.0.0.1:$peer_port"
  until_up etcd etcd_healthy
}
# /readyz includes the bootstrap of RBAC; the namespaces come a moment later.
api_ready() { [[ $(kubectl get --raw /readyz) == ok ]] && kubectl get namespace default kube-system; }
start_apiserver() {
  local more
  read -ra more <<<"${APISERVER_FLAGS:-}"
  launch apiserver "$bin/kube-apiserver" --etcd-servers="http://127.0.0.1:$etcd_port" \
    --bind-address=127.0.0.1 --secure-port="$api_port" --advertise-address=127.0.0.1 \
    --service-cluster-ip-range=10.0.0.0/24 --endpoint-reconciler-type=none --allow-privileged=true \
    --authorization-mode=RBAC --disable-admission-plugins=ServiceAccount \
    --client-ca-file="$dir/pki/ca.crt" \
    --tls-cert-file="$dir/pki/apiserver.crt" --tls-private-key-file="$dir/pki/apiserver.key" \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$dir/pki/sa.pub" --service-account-signing-key-file="$dir/pki/sa.key" "${more[@]}"
  until_up apiserver api_ready
}

start() {
  mkdir -p "$dir"
  [[ -z $(ls -A "$dir") ]] || die "$dir is not empty"
  make_pki
  local try
  for try in 1 2 3; do
    take_ports
    read_ports
    rm -rf "$dir/etcd"
    write_kubeconfig
    if start_etcd && start_apiserver; then
      echo "export KUBECONFIG=$dir/kubeconfig"
      return
    fi
    end apiserver
    end etcd
    ((try < 3)) && echo "control_plane: it did not start, trying other ports" >&2
  done
  tail -n 5 "$dir/etcd.log" >&2
  die 'it does not start' "$dir/apiserver.log"
}
join() { # OTHER ETCD
  mkdir -p "$dir"
  [[ -z $(ls -A "$dir") ]] || die "$dir is not empty"
  ln -s "$1/pki" "$dir/pki"
  local try
  for try in 1 2 3; do
    take_ports
    echo "etcd_port=${2##*:}" >>"$dir/ports"
    read_ports
    write_kubeconfig
    start_apiserver && return
    end apiserver
  done
  die 'it does not start' "$dir/apiserver.log"
}
compact() {
  local revision
  revision=$(etcdctl endpoint status -w json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["Status"]["header"]["revision"])')
  etcdctl compact "$revision" >&2
}

usage() { sed -nE '2,/^set/s/^# ?//p' "${BASH_SOURCE[0]}" >&2; exit 3; }
[[ $# == 2 || ($# == 4 && $1 == join) ]] && [[ $2 ]] || usage
dir=$(realpath -m "$2")
case $1 in
start | start-apiserver | join | compact) bin=$("$here/build.sh") ;;
esac
case $1 in
start) start ;;
stop) end apiserver; end etcd ;;
kill-apiserver) end apiserver ;;
start-apiserver)
  read_ports
  alive apiserver && die 'it runs already'
  # One that was killed may hold its port for a moment still, while the last of its threads end.
  for _ in 1 2 3; do
    start_apiserver && exit
    end apiserver
  done
  die 'it does not start' "$dir/apiserver.log"
  ;;
join) join "$(realpath -m "$3")" "$4" ;;
compact) read_ports; compact ;;
*) usage ;;
esac
