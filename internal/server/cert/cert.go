// Package cert keeps a TLS certificate that can be renewed while connections go on.
package cert

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync/atomic"
	"time"
)

// Pair is a certificate and its key, from two PEM files. It is safe for concurrent use.
type Pair struct {
	certFile, keyFile string
	now               func() time.Time
	current           atomic.Pointer[tls.Certificate]
}

// Open reads the two files. A certificate that is not of the key, or not valid now, is refused.
func Open(certFile, keyFile string, now func() time.Time) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile, now: now}
	return p, p.Reload()
}

// Reload reads the files again. When that fails the certificate stays as it was.
func (p *Pair) Reload() error {
	apply, err := p.Prepare()
	if err == nil {
		apply()
	}
	return err
}

// Prepare reads the files again and changes nothing yet: apply makes their certificate the one that is served.
func (p *Pair) Prepare() (apply func(), err error) {
	pair, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s and its key %s: %w", p.certFile, p.keyFile, err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s: %w", p.certFile, err)
	}
	switch now := p.now(); {
	case now.After(leaf.NotAfter):
		return nil, fmt.Errorf("the certificate %s ended at %s: renew it", p.certFile, leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return nil, fmt.Errorf("the certificate %s begins at %s: wait, or set the clock right", p.certFile, leaf.NotBefore.Format(time.RFC3339))
	}
	pair.Leaf = leaf
	return func() { p.current.Store(&pair) }, nil
}

// NotAfter is when the certificate ends.
func (p *Pair) NotAfter() time.Time { return p.current.Load().Leaf.NotAfter }

// Config serves the certificate that is current at each handshake, over TLS 1.2 or later. It offers HTTP/1.1 only, as the server speaks
// no other over a listener of its own.
func (p *Pair) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return p.current.Load(), nil
		},
	}
}
