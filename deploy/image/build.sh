#!/usr/bin/env bash
# Builds the Dockerfile without a Docker engine, as root: buildah, on a Debian that debootstrap makes once a week. Leaves in
# the folder DIR (default build/image):
#   netscaler-cert-sync.tar    the image, as an OCI archive
#   rootfs                     its root file system
#   config.json                its configuration
# usage: build.sh [DIR]
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(realpath -m "${1:-$top/build/image}")
cache=${CERTSYNC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netscaler-cert-sync}
suite=bookworm
base=$cache/image-base
name=netscaler-cert-sync
revision=$(git -C "$top" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
epoch=$(git -C "$top" log -1 --format=%ct 2>/dev/null || echo 0)
[[ ! -e $out || -e $out/config.json || -z $(ls -A "$out") ]] || { echo "build.sh: $out holds something else" >&2; exit 3; }
((EUID == 0)) || { echo 'build.sh: root is needed' >&2; exit 4; }

# The packages of the build stage are in the base already, so that the Dockerfile finds them installed.
packages() {
  sed -nE '/apt-get install/,/&&/p' "$top/Dockerfile" | tr -d '\\&' | tr ' ' '\n' |
    grep -E '^[a-z0-9+.-]+$' | grep -vE '^(apt-get|install|update|rm|-.*)$' | paste -sd,
}
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1; }
make_base() {
  [[ -e $base/complete && -z $(find "$base/complete" -mtime +7) && $(cat "$base/complete") == "$(packages)" ]] && return
  echo "making a Debian $suite to build on, once a week" >&2
  rm -rf "$base"
  mkdir -p "$base"
  debootstrap --variant=minbase --include="$(packages)" "$suite" "$base/rootfs" "$(mirror)" >"$base/log" 2>&1 ||
    { tail -n 20 "$base/log" >&2; exit 1; }
  # What the host gets its packages from.
  cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$base/rootfs/etc/apt/"
  [[ ! -s /etc/apt/sources.list ]] || cp /etc/apt/sources.list "$base/rootfs/etc/apt/"
  packages >"$base/complete"
}

work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT
cat >"$work/storage.conf" <<END
[storage]
driver = "vfs"
runroot = "$work/run"
graphroot = "$work/graph"
END
export CONTAINERS_STORAGE_CONF=$work/storage.conf BUILDAH_ISOLATION=chroot
# Where buildah keeps the mounts of type cache, here the compiler's.
mkdir -p "$cache/image-build"
export TMPDIR=$cache/image-build

make_base
container=$(buildah from scratch)
buildah add --quiet "$container" "$base/rootfs" / >/dev/null
buildah commit --quiet --rm "$container" localhost/debian:$suite >/dev/null
buildah bud --quiet --pull-never --network=host --build-arg BASE=localhost/debian:$suite --build-arg REVISION="$revision" \
  --build-arg SOURCE_DATE_EPOCH="$epoch" --timestamp "$epoch" --tag "$name" "$top" >"$work/log" 2>&1 ||
  { tail -n 40 "$work/log" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out"
buildah push --quiet "$name" "oci-archive:$out/$name.tar:$name"
buildah inspect --type image "$name" | python3 -c 'import json, sys; json.dump(json.load(sys.stdin)["OCIv1"], sys.stdout)' \
  >"$out/config.json"
container=$(buildah from --pull-never "$name")
cp -a "$(buildah mount "$container")" "$out/rootfs"
buildah rm "$container" >/dev/null
printf 'binary            %8d KiB\nroot file system  %8d KiB\narchive           %8d KiB\n' \
  "$(($(stat -c %s "$out/rootfs/usr/bin/certsync") / 1024))" "$(du -sk "$out/rootfs" | cut -f1)" \
  "$(($(stat -c %s "$out/$name.tar") / 1024))"
