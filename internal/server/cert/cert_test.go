package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// signed writes a certificate for localhost, by itself, and its key.
func signed(t *testing.T, dir, name string, from, to time.Time) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(from.Unix()), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to,
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// served gives the common name of the certificate that a client sees.
func served(t *testing.T, p *Pair, config *tls.Config) (string, error) {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	go func() {
		conn := tls.Server(server, p.Config())
		_ = conn.Handshake()
		_ = conn.Close()
	}()
	config.InsecureSkipVerify, config.ServerName = true, "localhost"
	conn := tls.Client(client, config)
	if err := conn.Handshake(); err != nil {
		return "", err
	}
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

func TestReloadRenews(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := signed(t, dir, "first", noon.Add(-time.Hour), noon.Add(time.Hour))
	p, err := Open(certFile, keyFile, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	if name, err := served(t, p, &tls.Config{}); name != "first" {
		t.Errorf("%s %v", name, err)
	}
	signed(t, dir, "second", noon.Add(-time.Hour), noon.Add(2*time.Hour))
	if name, err := served(t, p, &tls.Config{}); name != "first" {
		t.Errorf("before the reload: %s %v", name, err)
	}
	if err := p.Reload(); err != nil || !p.NotAfter().Equal(noon.Add(2*time.Hour)) {
		t.Errorf("reload: %v, ends %s", err, p.NotAfter())
	}
	if name, err := served(t, p, &tls.Config{}); name != "second" {
		t.Errorf("after the reload: %s %v", name, err)
	}
}

func TestWhatIsRefusedChangesNothing(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := signed(t, dir, "first", noon.Add(-time.Hour), noon.Add(time.Hour))
	p, err := Open(certFile, keyFile, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	for want, make := range map[string]func(){
		"ended at 2026-03-01T11:00:00Z":  func() { signed(t, dir, "x", noon.Add(-2*time.Hour), noon.Add(-time.Hour)) },
		"begins at 2026-03-01T13:00:00Z": func() { signed(t, dir, "x", noon.Add(time.Hour), noon.Add(2*time.Hour)) },
		"private key does not match": func() {
			signed(t, dir, "x", noon.Add(-time.Hour), noon.Add(time.Hour))
			_ = os.WriteFile(keyFile, old, 0o600)
		},
		"cert.pem and its key": func() { _ = os.WriteFile(certFile, []byte("no PEM"), 0o600) },
	} {
		make()
		if err := p.Reload(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := Open(certFile, keyFile, func() time.Time { return noon }); err == nil {
			t.Errorf("opened in spite of: %s", want)
		}
		if name, err := served(t, p, &tls.Config{}); name != "first" {
			t.Errorf("%s: serves %s %v", want, name, err)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	certFile, keyFile := signed(t, t.TempDir(), "first", noon.Add(-time.Hour), noon.Add(time.Hour))
	p, err := Open(certFile, keyFile, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := served(t, p, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
}
