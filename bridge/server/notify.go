package server

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/wallet"
)

// notify takes a wallet's delivery exactly as it came and answers exactly as the
// wallet's adapter says.
//
// Faults: TooLarge; NotFound for no such wallet; Unsupported when it does not notify.
func (s *Server) notify(c *gin.Context) error {
	r := c.Request
	body, err := problem.ReadBody(c.Writer, r)
	if err != nil {
		return err
	}
	reply, err := s.engine.Notify(r.Context(), c.Param("wallet"), wallet.Delivery{
		Method: r.Method, Path: s.publicPath(r), Header: r.Header, Body: body, ReceivedAt: s.now().UTC(),
	})
	if err != nil {
		return err
	}
	writeReply(c.Writer, reply)
	return nil
}

// publicPath is the path and query of a request as its caller wrote them, and signed.
func (s *Server) publicPath(r *http.Request) string {
	path := s.base(r) + r.URL.EscapedPath()
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		path += "?" + r.URL.RawQuery
	}
	return path
}

// writeReply adds nothing of our own: no guessed content type either.
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
		_, _ = w.Write(reply.Body) // a wallet that went away sends again
	}
}
