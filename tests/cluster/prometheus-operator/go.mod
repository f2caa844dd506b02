// The kinds of the Prometheus Operator, which the chart and deploy/monitoring make objects of: its module holds them as YAML.
// A test dependency only.
module netscaler.certsync.io/tests/cluster/prometheus-operator

go 1.25.0

require github.com/prometheus-operator/prometheus-operator v0.85.0 // indirect
