package tests

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// front is a proxy of a test: its program, and how it is started and checked.
type front struct {
	name    string
	check   func(t *testing.T, config string)
	command func(config string) []string
	config  func(t *testing.T, dir, port string, nodes []string) string
}

func fronts() []front {
	return []front{
		{
			"haproxy",
			func(t *testing.T, config string) { output(t, tool(t, "haproxy"), "-c", "-f", config) },
			func(config string) []string { return []string{"-db", "-f", config} },
			haproxyConfig,
		},
		{
			"nginx",
			func(t *testing.T, config string) {
				output(t, tool(t, "nginx"), "-t", "-p", filepath.Dir(config), "-c", config)
			},
			func(config string) []string { return []string{"-p", filepath.Dir(config), "-c", config} },
			nginxConfig,
		},
	}
}

// haproxyConfig is what is shipped, with the addresses and the certificate of a test.
func haproxyConfig(t *testing.T, dir, port string, nodes []string) string {
	text := replaced(t, read(t, "proxy", "haproxy.cfg"), "bind :443", "bind 127.0.0.1:"+port, "bind :80", "bind 127.0.0.1:"+freePort(t),
		"/etc/haproxy/certs/till.pem", filepath.Join(dir, "both.pem"))
	for i, node := range nodes {
		text = replaced(t, text, fmt.Sprintf("10.0.0.1%d:8080", i+1), node)
	}
	return write(t, dir, "haproxy.cfg", text)
}

// nginxConfig is what is shipped, inside the least of a main configuration.
func nginxConfig(t *testing.T, dir, port string, nodes []string) string {
	text := replaced(t, read(t, "proxy", "nginx.conf"), "listen 443", "listen 127.0.0.1:"+port, "listen 80", "listen 127.0.0.1:"+freePort(t),
		"/etc/nginx/certs/till.crt", filepath.Join(dir, "till.crt"), "/etc/nginx/certs/till.key", filepath.Join(dir, "till.key"))
	for i, node := range nodes {
		text = replaced(t, text, fmt.Sprintf("10.0.0.1%d:8080", i+1), node)
	}
	main := "daemon off;\nuser root;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr;\nevents { worker_connections 1024; }\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += kind + "_temp_path " + filepath.Join(dir, kind) + ";\n"
	}
	return write(t, dir, "nginx.conf", main+text+"}\n")
}

// certificate writes one for this machine, and returns the path of its text.
func certificate(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	model := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the till of a test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, model, model, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	crt := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	pri := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	write(t, dir, "till.key", pri)
	write(t, dir, "both.pem", crt+pri)
	return write(t, dir, "till.crt", crt)
}

func TestTheProxiesTakeTheirSettings(t *testing.T) {
	for _, f := range fronts() {
		dir := t.TempDir()
		certificate(t, dir)
		f.check(t, f.config(t, dir, freePort(t), []string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"}))
	}
}

// A proxy that lets callers say who they are would spoil every limit by address.
func TestTheProxiesReplaceWhatCallersSayAboutThemselves(t *testing.T) {
	if text := read(t, "proxy", "haproxy.cfg"); !strings.Contains(text, "del-header X-Forwarded-For") {
		t.Error("HAProxy passes X-Forwarded-For on")
	}
	if text := read(t, "proxy", "nginx.conf"); !strings.Contains(text, "X-Forwarded-For $remote_addr;") {
		t.Error("nginx passes X-Forwarded-For on")
	}
}
