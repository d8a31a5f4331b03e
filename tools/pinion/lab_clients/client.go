// Calls the laboratory's echo service with nothing but Go's standard library: go run client.go HOST:PORT [MESSAGE]
//
// It checks the certificate's chain and name, and then, in VerifyConnection, that its key is a pin of the peer.
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

type pinSet struct {
	Peers []struct {
		Hosts []string
		Pins  []struct{ Spki, State string }
	}
}

// The laboratory's folder, which this file is in.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// Whether the key is a currently accepted pin of the peer dialled as this host.
func isPinned(host, pin string) (bool, error) {
	text, err := os.ReadFile(filepath.Join(folder(), "pins.json"))
	if err != nil {
		return false, err
	}
	var pins pinSet
	if err := json.Unmarshal(text, &pins); err != nil {
		return false, err
	}
	for _, peer := range pins.Peers {
		for _, name := range peer.Hosts {
			for _, listed := range peer.Pins {
				if name == host && listed.Spki == pin && listed.State != "REVOKED" {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

func configuration(host string) (*tls.Config, error) {
	pki := filepath.Join(folder(), "pki")
	own, err := tls.LoadX509KeyPair(filepath.Join(pki, "orders.pem"), filepath.Join(pki, "orders-key.pem"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(filepath.Join(pki, "ca.pem"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	verify := func(state tls.ConnectionState) error {
		digest := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
		pin := "sha256/" + base64.StdEncoding.EncodeToString(digest[:])
		if pinned, err := isPinned(host, pin); err != nil || !pinned {
			return fmt.Errorf("the server's key %s is no pin of %s (%v)", pin, host, err)
		}
		return nil
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, VerifyConnection: verify}, nil
}

func call(target, message string) (string, error) {
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		return "", err
	}
	config, err := configuration(host)
	if err != nil {
		return "", err
	}
	client := http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true},
	}
	// EchoRequest{message} in protobuf's wire format, after gRPC's five-byte prefix: not compressed, and the length.
	frame := append([]byte{0, 0, 0, 0, byte(len(message) + 2), 0x0a, byte(len(message))}, message...)
	request, err := http.NewRequest("POST", "https://"+target+"/pinion.v1.Echo/UnaryEcho", bytes.NewReader(frame))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	status := response.Trailer.Get("grpc-status") + response.Header.Get("grpc-status")
	if status != "0" || len(answer) < 7 {
		return "", errors.New("gRPC status " + status)
	}
	return string(answer[7:]), nil
}

func main() {
	message := "hello"
	if len(os.Args) > 2 {
		message = os.Args[2]
	}
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go run client.go HOST:PORT [MESSAGE]")
		os.Exit(2)
	}
	answer, err := call(os.Args[1], message)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(answer)
}
