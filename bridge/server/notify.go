package server

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// notify passes a wallet's notification to the engine unchanged, and answers as the
// wallet's adapter answers.
//
// Faults: TooLarge; NotFound for an unknown wallet; Unsupported when it has no
// notifications; RateLimited for an address with too many that could not be verified.
func (s *Server) notify(c *gin.Context) error {
	r := c.Request
	caller := s.notifier(r)
	if err := s.gate.Blocked(limit.Notification, caller); err != nil {
		return err
	}
	body, err := problem.ReadBody(c.Writer, r)
	if err != nil {
		return err
	}
	reply, err := s.engine.Notify(r.Context(), c.Param("wallet"), wallet.Delivery{
		Method: r.Method, Path: s.publicPath(r), Header: r.Header, Body: body, ReceivedAt: s.now().UTC(),
	})
	switch {
	case fault.KindOf(err) == fault.Unauthenticated:
		s.gate.Failed(r.Context(), limit.Notification, caller)
	case err != nil:
		return err
	}
	writeReply(c.Writer, reply)
	return nil
}

// notifier is the key under which the caller of a notification is limited. Behind a proxy
// that is not trusted all callers share one address, and an attacker could lock wallets
// out: nothing is counted there.
func (s *Server) notifier(r *http.Request) string {
	if s.proxies.Hidden(r) {
		s.warned.Do(func() {
			s.log.Warn("requests come through a proxy that server.trustedProxies does not name: limits count all its callers as one, and notifications are not limited",
				"proxy", r.RemoteAddr)
		})
		return ""
	}
	return limit.KeyOf(r)
}

// publicPath is the path and query of a request as its caller sent and signed them.
func (s *Server) publicPath(r *http.Request) string {
	path := s.base(r) + r.URL.EscapedPath()
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		path += "?" + r.URL.RawQuery
	}
	return path
}

// writeReply sends the reply unchanged, without a content type of net/http's guess.
func writeReply(w http.ResponseWriter, reply wallet.Reply) {
	h := w.Header()
	h["Content-Type"] = nil
	for name, values := range reply.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	status := reply.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	if len(reply.Body) > 0 {
		_, _ = w.Write(reply.Body) // a wallet that has disconnected retries
	}
}
