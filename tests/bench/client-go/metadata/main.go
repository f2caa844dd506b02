// A shared informer over the metadata of TLS Secrets: what an operator has that goes out of its way to stay small.
//
//	metadata    the cluster of $KUBECONFIG, until SIGTERM; "synced N" on stdout
package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"

	"netscaler.certsync.io/tests/bench/client-go/peer"
)

func main() {
	peer.Main(func() error {
		config, err := peer.Config()
		if err != nil {
			return err
		}
		client, err := metadata.NewForConfig(config)
		if err != nil {
			return err
		}
		factory := metadatainformer.NewFilteredSharedInformerFactory(client, 0, "", peer.OnlyTLS)
		return peer.Serve(factory.ForResource(schema.GroupVersionResource{Version: "v1", Resource: "secrets"}).Informer())
	})
}
