// Go's crypto/tls as a client that proves itself, and crypto/x509 as a judge of chains. Questions and
// answers as in question.h.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"time"
)

const limit = 10 * time.Second

func main() {
	if len(os.Args) > 1 {
		fmt.Println(strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		answer := "accepted"
		if err := check(fields); err != nil {
			answer = strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		fmt.Printf("%s\t%s\n", fields[0], answer)
	}
}

func check(fields []string) error {
	verb, port, anchorFile, chainFile := fields[1], fields[2], fields[3], fields[4]
	key, purpose, name, revoked := fields[5], fields[7], fields[8], fields[9]
	anchors, err := certificates(anchorFile)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	for _, anchor := range anchors {
		pool.AddCert(anchor)
	}
	if verb == "handshake" {
		return shake(port, pool, chainFile, key, name)
	}
	chain, err := certificates(chainFile)
	if err != nil {
		return err
	}
	usage := x509.ExtKeyUsageAny
	if purpose == "client" {
		usage = x509.ExtKeyUsageClientAuth
	}
	options := x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{usage}}
	if _, err := chain[0].Verify(options); err != nil {
		return err
	}
	if purpose == "authority" && !chain[0].IsCA {
		return errors.New("no authority")
	}
	if revoked != "-" {
		return checkList(revoked, anchors[0], chain[0])
	}
	return nil
}

func checkList(file string, issuer, certificate *x509.Certificate) error {
	der, err := objects(file)
	if err != nil {
		return err
	}
	list, err := x509.ParseRevocationList(der[0])
	if err != nil {
		return err
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return err
	}
	for _, entry := range list.RevokedCertificates {
		if entry.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
			return errors.New("revoked")
		}
	}
	return nil
}

func shake(port string, pool *x509.CertPool, chain, key, name string) error {
	own, err := tls.LoadX509KeyPair(chain, key)
	if err != nil {
		return err
	}
	config := &tls.Config{RootCAs: pool, ServerName: name, Certificates: []tls.Certificate{own}}
	dialer := &net.Dialer{Timeout: limit}
	connection, err := tls.DialWithDialer(dialer, "tcp", "127.0.0.1:"+port, config)
	if err != nil {
		return err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(limit))
	heard, err := io.ReadAll(connection)
	if !strings.HasPrefix(string(heard), "welcome esp32-001") {
		return fmt.Errorf("not greeted by the server: %v", err)
	}
	return nil
}

func certificates(file string) ([]*x509.Certificate, error) {
	all, err := objects(file)
	if err != nil {
		return nil, err
	}
	var parsed []*x509.Certificate
	for _, der := range all {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, certificate)
	}
	return parsed, nil
}

func objects(file string) ([][]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		all = append(all, block.Bytes)
	}
	if len(all) == 0 {
		return nil, errors.New("no PEM in " + file)
	}
	return all, nil
}
