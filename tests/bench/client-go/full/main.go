// A shared informer over TLS Secrets as whole objects: what an operator has that takes client-go as it comes.
//
//	full [json]    the cluster of $KUBECONFIG, until SIGTERM; "synced N" on stdout
package main

import (
	"os"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"

	"netscaler.certsync.io/tests/bench/client-go/peer"
)

func main() {
	peer.Main(func() error {
		config, err := peer.Config()
		if err != nil {
			return err
		}
		// Left alone, it takes protobuf for the kinds that Kubernetes brings (gentype.PrefersProtobuf).
		if len(os.Args) > 1 && os.Args[1] == "json" {
			config.ContentType, config.AcceptContentTypes = "application/json", "application/json"
		}
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTweakListOptions(peer.OnlyTLS))
		return peer.Serve(factory.Core().V1().Secrets().Informer())
	})
}
