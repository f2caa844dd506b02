#!/usr/bin/env bash
# with_control_plane.sh COMMAND...: runs it with KUBECONFIG of a fresh control plane and the folder of kubectl in PATH.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs=$("$here/build.sh")
work=$(mktemp -d)
trap '"$here/control_plane.sh" stop "$work/run"; rm -rf "$work"' EXIT
"$here/control_plane.sh" start "$work/run" >/dev/null
KUBECONFIG=$work/run/kubeconfig PATH=$programs:$PATH "$@"
