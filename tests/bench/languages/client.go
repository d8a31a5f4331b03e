// The load client (tests/bench/load/client.cc) on grpc-go: client TARGET FOLDER PIN. Only "unary".
//
// It checks the certificate's chain and name, and then, in VerifyConnection, that its key is PIN.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// EchoRequest in protobuf's wire format.
var payload = []byte("\x0a\x05hello")

// Hands messages to gRPC as they are.
type asIs struct{}

func (asIs) Marshal(v interface{}) ([]byte, error)      { return *v.(*[]byte), nil }
func (asIs) Unmarshal(data []byte, v interface{}) error { *v.(*[]byte) = data; return nil }
func (asIs) Name() string                               { return "proto" }

func configuration(folder, pin string) (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "orders.pem"), filepath.Join(folder, "orders-key.pem"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	verify := func(state tls.ConnectionState) error {
		digest := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
		if presented := "sha256/" + base64.StdEncoding.EncodeToString(digest[:]); presented != pin {
			return fmt.Errorf("the server's key %s is not %s", presented, pin)
		}
		return nil
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, ServerName: "localhost", VerifyConnection: verify}, nil
}

func echo(connection *grpc.ClientConn) error {
	var answer []byte
	if err := connection.Invoke(context.Background(), "/pinion.v1.Echo/UnaryEcho", &payload, &answer); err != nil {
		return err
	}
	if !bytes.Equal(answer, payload) {
		return errors.New("a call returned another message")
	}
	return nil
}

// unary is one round: its latencies in microseconds, sorted, and how long it took.
func unary(connection *grpc.ClientConn, inFlight int, length time.Duration) ([]float64, time.Duration) {
	var all []float64
	var mutex sync.Mutex
	var running sync.WaitGroup
	begin := time.Now()
	for i := 0; i < inFlight; i++ {
		running.Add(1)
		go func() {
			defer running.Done()
			var own []float64
			for time.Since(begin) < length {
				begun := time.Now()
				if err := echo(connection); err != nil {
					log.Fatal(err)
				}
				own = append(own, float64(time.Since(begun).Nanoseconds())/1e3)
			}
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, own...)
		}()
	}
	running.Wait()
	took := time.Since(begin)
	sort.Float64s(all)
	return all, took
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: client TARGET FOLDER PIN")
	}
	config, err := configuration(os.Args[2], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	connection, err := grpc.Dial(os.Args[1], grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(asIs{})))
	if err != nil {
		log.Fatal(err)
	}
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		var inFlight int
		var seconds float64
		if _, err := fmt.Sscanf(commands.Text(), "unary %d %g", &inFlight, &seconds); err != nil {
			log.Fatal(err)
		}
		latencies, took := unary(connection, inFlight, time.Duration(seconds*float64(time.Second)))
		at := func(quantile float64) float64 { return latencies[int(quantile*float64(len(latencies)-1))] }
		round := map[string]interface{}{
			"done": len(latencies), "failed": 0, "seconds": took.Seconds(), "p50_us": at(0.5), "p99_us": at(0.99)}
		if err := json.NewEncoder(os.Stdout).Encode(round); err != nil {
			log.Fatal(err)
		}
	}
}
