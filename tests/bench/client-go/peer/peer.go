// Package peer is what both informers share: how they find the API server, what they watch, and how they tell that they
// have it all.
package peer

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// OnlyTLS is the operator's own field selector.
func OnlyTLS(options *metav1.ListOptions) {
	options.FieldSelector = "type=kubernetes.io/tls"
}

func Config() (*rest.Config, error) {
	return clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
}

// Serve runs the informer until SIGTERM. One line on stdout when it has synced.
func Serve(informer cache.SharedIndexInformer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var changes int
	handler, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { changes++ },
		UpdateFunc: func(any, any) { changes++ },
		DeleteFunc: func(any) { changes++ },
	})
	if err != nil {
		return err
	}
	go informer.Run(ctx.Done())
	// cache.WaitForCacheSync looks ten times a second only.
	for tick := time.NewTicker(time.Millisecond); !handler.HasSynced(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	fmt.Printf("synced %d\n", len(informer.GetStore().ListKeys()))
	<-ctx.Done()
	return nil
}

// Main ends the program with what Serve or its preparation returned.
func Main(run func() error) {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
