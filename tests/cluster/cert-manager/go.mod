// The kinds of cert-manager: its module holds them as YAML. A test dependency only.
module netscaler.certsync.io/tests/cluster/cert-manager

go 1.26.0

require github.com/cert-manager/cert-manager v1.21.2 // indirect
