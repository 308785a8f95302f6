package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
)

// inside are words of resolvers, drivers and networks that callers must not read.
var inside = []string{"lookup", "10.0.0.53", "10.1.2.3", "dial", "tcp", "x509", "tls:", "internal.example", "read", "syscall", "shop-db"}

func TestNetworkReturnsItsOwnWordsAndNoAddress(t *testing.T) {
	address := &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 443}
	dial := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://internal.example/hook?token=1", Err: &net.OpError{Op: "dial", Net: "tcp", Addr: address, Err: err}}
	}
	read := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Addr: address, Err: err} }
	resolver := func(d net.DNSError) error {
		d.Name, d.Server = "internal.example", "10.0.0.53:53"
		return dial(&d)
	}
	for name, c := range map[string]struct {
		err  error
		want Reason
	}{
		"a name that does not exist":    {resolver(net.DNSError{Err: "no such host", IsNotFound: true}), hostUnknown},
		"an unavailable resolver":       {resolver(net.DNSError{Err: "server misbehaving", IsTemporary: true}), hostUnresolved},
		"a resolver that is slow":       {resolver(net.DNSError{Err: "i/o timeout", IsTimeout: true}), hostUnresolved},
		"no listener":                   {dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), refused},
		"no route":                      {dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), unreachable},
		"a firewall that drops":         {dial(os.ErrDeadlineExceeded), tooSlowToDial},
		"a reset":                       {read(syscall.ECONNRESET), closed},
		"an answer that breaks off":     {fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), closed},
		"a server that does not answer": {&url.Error{Op: "Post", URL: "https://internal.example", Err: context.DeadlineExceeded}, tooSlow},
		"a call that was canceled":      {context.Canceled, canceled},
		"an untrusted certificate":      {dial(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), badCertificate},
		"a certificate of another host": {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "internal.example"}, badCertificate},
		"no TLS at all":                 {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, failedHandshake},
		"a driver's words":              {errors.New(`FATAL: no pg_hba.conf entry for host "10.1.2.3", database "shop-db"`), failed},
		"a reason of our own":           {fmt.Errorf("dial tcp 10.1.2.3:443: %w", Reason("the endpoint answered 500")), "the endpoint answered 500"},
		"none":                          {nil, failed},
	} {
		got := Network(c.err)
		if got != string(c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		for _, word := range inside {
			if strings.Contains(got, word) {
				t.Errorf("%s: %q reveals %q", name, got, word)
			}
		}
	}
}

// The errors are those of a real dialer and TLS stack.
func TestRealFaultsAreKnown(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	plain := make(chan error, 1)
	go func() {
		conn, err := free.Accept()
		if err == nil {
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			err = conn.Close()
		}
		plain <- err
	}()
	if _, err := tls.Dial("tcp", address, &tls.Config{ServerName: "internal.example"}); Network(err) != string(failedHandshake) {
		t.Errorf("a server without TLS: %v is %q", err, Network(err))
	}
	if err := errors.Join(<-plain, free.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", address); Network(err) != string(refused) {
		t.Errorf("a closed port: %v is %q", err, Network(err))
	}
}
