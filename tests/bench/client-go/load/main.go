// TLS Secrets in an API server, as cert-manager leaves them, and changes of them; all with the rights of $KUBECONFIG.
//
//	load fill COUNT DISTINCT    Secrets tls-000000 and so on in the namespaces team-0 to team-18, 3.7 KB each; DISTINCT of
//	                            them, evenly spread, hold a certificate of their own, the others share one
//	load fill COUNT 0           small ones, without a certificate
//	load touch COUNT OF DISTINCT SEED
//	                            one annotation changes on COUNT of the OF, chosen by SEED among those that share theirs
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	mathrand "math/rand"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	namespaces = 19
	// How many requests are under way at once.
	parallel = 8
)

func namespace(i int) string { return fmt.Sprintf("team-%d", i%namespaces) }
func name(i int) string      { return fmt.Sprintf("tls-%06d", i) }
func host(i int) string      { return fmt.Sprintf("www-%06d.example.com", i) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// issuer has an RSA key, as those of most public CAs: with its signatures a Secret has 3.7 KB. All leaves have one key,
// since making one is slow.
type issuer struct {
	root, certificate *x509.Certificate
	key, leafKey      *rsa.PrivateKey
	leafKeyPEM, chain []byte
}

func template(serial int64, commonName string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: commonName}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}
}

func newIssuer() *issuer {
	authority := func(serial int64, commonName string) *x509.Certificate {
		made := template(serial, commonName)
		made.IsCA, made.KeyUsage = true, x509.KeyUsageCertSign
		made.NotAfter = time.Now().Add(3650 * 24 * time.Hour)
		return made
	}
	rootKey := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	root := authority(1, "Bench Root")
	root = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey))))
	between := must(x509.CreateCertificate(rand.Reader, authority(2, "Bench CA"), root, &key.PublicKey, rootKey))
	leafKey := must(rsa.GenerateKey(rand.Reader, 2048))
	return &issuer{
		root: root, certificate: must(x509.ParseCertificate(between)), key: key, leafKey: leafKey,
		leafKeyPEM: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(leafKey)}),
		chain:      pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: between}),
	}
}

func (i *issuer) issue(serial int64, host string) []byte {
	leaf := template(serial, host)
	leaf.DNSNames = []string{host}
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der := must(x509.CreateCertificate(rand.Reader, leaf, i.certificate, &i.leafKey.PublicKey, i.key))
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), i.chain...)
}

// secret has the labels and annotations of cert-manager.
func secret(i int, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name: name(i), Namespace: namespace(i), Labels: map[string]string{"controller.cert-manager.io/fao": "true"},
			Annotations: map[string]string{
				"cert-manager.io/alt-names":        host(i),
				"cert-manager.io/certificate-name": name(i),
				"cert-manager.io/common-name":      host(i),
				"cert-manager.io/ip-sans":          "",
				"cert-manager.io/issuer-group":     "cert-manager.io",
				"cert-manager.io/issuer-kind":      "ClusterIssuer",
				"cert-manager.io/issuer-name":      "letsencrypt-production",
				"cert-manager.io/uri-sans":         "",
			},
		},
		Type: corev1.SecretTypeTLS, Data: data,
	}
}

func inParallel(count int, do func(i int) error) error {
	numbers := make(chan int)
	failures := make(chan error, parallel)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for i := range numbers {
				if err := do(i); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	var failure error
	for i := 0; i < count && failure == nil; i++ {
		select {
		case numbers <- i:
		case failure = <-failures:
		}
	}
	close(numbers)
	workers.Wait()
	close(failures)
	if failure == nil {
		failure = <-failures
	}
	return failure
}

func fill(ctx context.Context, client kubernetes.Interface, count, distinct int) error {
	for i := range namespaces {
		space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace(i)}}
		if _, err := client.CoreV1().Namespaces().Create(ctx, space, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	small := map[string][]byte{corev1.TLSCertKey: []byte("none"), corev1.TLSPrivateKeyKey: []byte("none")}
	content := func(int) map[string][]byte { return small }
	if distinct > 0 {
		issuer := newIssuer()
		shared := issuer.issue(3, "shared.example.com")
		content = func(i int) map[string][]byte {
			certificate := shared
			if i%(count/distinct) == 0 {
				certificate = issuer.issue(int64(1000+i), host(i))
			}
			return map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: issuer.leafKeyPEM}
		}
		bytes := 0
		for _, value := range content(0) {
			bytes += len(value)
		}
		fmt.Printf("%d bytes in each\n", bytes)
	}
	return inParallel(count, func(i int) error {
		_, err := client.CoreV1().Secrets(namespace(i)).Create(ctx, secret(i, content(i)), metav1.CreateOptions{})
		return err
	})
}

func touch(ctx context.Context, client kubernetes.Interface, count, of, distinct int, seed int64) error {
	chosen := slices.DeleteFunc(mathrand.New(mathrand.NewSource(seed)).Perm(of), func(i int) bool {
		return i%(of/distinct) == 0
	})[:count]
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"bench.example.com/touched":"%d"}}}`, time.Now().UnixNano())
	return inParallel(count, func(i int) error {
		_, err := client.CoreV1().Secrets(namespace(chosen[i])).Patch(ctx, name(chosen[i]), types.MergePatchType, patch,
			metav1.PatchOptions{})
		return err
	})
}

func run(arguments []string) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1
	// About what is in a Secret that has no certificate in it.
	config.WarningHandler = rest.NoWarnings{}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	numbers := []int{}
	for _, text := range arguments[min(1, len(arguments)):] {
		number, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		numbers = append(numbers, number)
	}
	ctx := context.Background()
	switch {
	case len(numbers) == 2 && arguments[0] == "fill":
		return fill(ctx, client, numbers[0], numbers[1])
	case len(numbers) == 4 && arguments[0] == "touch":
		return touch(ctx, client, numbers[0], numbers[1], numbers[2], int64(numbers[3]))
	}
	return fmt.Errorf("usage: load fill COUNT DISTINCT | load touch COUNT OF DISTINCT SEED")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
