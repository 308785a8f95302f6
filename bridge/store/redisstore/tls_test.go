package redisstore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/freeport"
	"github.com/minitill/minitill/signing"
)

// TestEverythingWorksOverTLSForAUserOfTheServersList speaks TLS with a server whose
// certificate a file vouches for, as a user with a password and no more rights than it
// takes.
func TestEverythingWorksOverTLSForAUserOfTheServersList(t *testing.T) {
	needServer(t)
	dir := t.TempDir()
	certificate, key := selfSigned(t, dir)
	address := freeport.Address(t)
	cmd := exec.Command("redis-server", "--port", "0", "--tls-port", port(address), "--bind", "127.0.0.1",
		"--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no",
		"--save", "", "--appendonly", "no", "--dir", dir,
		"--user", "default", "off",
		"--user", "till", "on", ">open sesame", "~*", "&*", "-@all", "+@read", "+@write", "+@pubsub", "+@scripting", "+@connection", "+time", "+info", "+cluster")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	tryEverything(t, Config{
		Addresses: []string{address}, TLS: true, CAFile: certificate,
		Username: "till", Password: signing.NewSecret("open sesame"),
	})
	stranger, err := Open(t.Context(), Config{Addresses: []string{address}, TLS: true, CAFile: certificate})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.Once(t.Context(), "a", "2", time.Hour); err == nil {
		t.Error("a client without a password was accepted")
	}
	misled, err := Open(t.Context(), Config{Addresses: []string{address}, TLS: true, Username: "till", Password: signing.NewSecret("open sesame")})
	if err != nil {
		t.Fatal(err)
	}
	defer misled.Close()
	if _, err := misled.Once(t.Context(), "a", "3", time.Hour); err == nil {
		t.Error("a server without a trusted certificate was accepted")
	}
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("redis.crt", "CERTIFICATE", der), write("redis.key", "PRIVATE KEY", secret)
}
