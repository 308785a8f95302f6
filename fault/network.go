package fault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Reason is an error whose text may be shown to callers: it is our own and names no address.
type Reason string

// Error returns the text.
func (r Reason) Error() string { return string(r) }

// The reasons for which a call over a network fails.
const (
	hostUnknown     Reason = "the host name does not exist"
	hostUnresolved  Reason = "the host name could not be resolved"
	refused         Reason = "the connection was refused"
	unreachable     Reason = "the host cannot be reached"
	closed          Reason = "the connection was closed before a whole answer came"
	tooSlowToDial   Reason = "no connection was made in time"
	tooSlow         Reason = "no answer came in time"
	canceled        Reason = "the call was canceled"
	badCertificate  Reason = "the certificate of the host was not accepted"
	failedHandshake Reason = "no TLS connection could be agreed upon"
	failed          Reason = "the call failed"
)

// Network returns why a call over a network failed, in words for callers: "the connection was
// refused". The texts of resolvers, drivers and servers, and all addresses, stay in err, which
// is for the log. If err contains a Reason, Network returns its text.
func Network(err error) string {
	if own := Reason(""); errors.As(err, &own) {
		return string(own)
	}
	for _, known := range []func(error) Reason{resolving, securing, connecting, waiting} {
		if reason := known(err); reason != "" {
			return string(reason)
		}
	}
	return string(failed)
}

func resolving(err error) Reason {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return ""
	case dns.IsNotFound:
		return hostUnknown
	}
	return hostUnresolved
}

func securing(err error) Reason {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
		record       tls.RecordHeaderError
		alert        tls.AlertError
	)
	switch {
	case errors.As(err, &verification), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return badCertificate
	case errors.As(err, &record), errors.As(err, &alert):
		return failedHandshake
	}
	return ""
}

func connecting(err error) Reason {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return closed
	}
	return ""
}

func waiting(err error) Reason {
	var op *net.OpError
	var slow net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return canceled
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return tooSlowToDial
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return tooSlow
	}
	return ""
}
