package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/problem"
)

// base is the path before every route, as the caller sees it: that of the public URL, or
// else the prefix that http.StripPrefix has removed.
func (s *Server) base(r *http.Request) string {
	if s.public != "" {
		return s.path
	}
	requested, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return ""
	}
	prefix, found := strings.CutSuffix(requested.EscapedPath(), r.URL.EscapedPath())
	if !found {
		return ""
	}
	return prefix
}

func requestID(c *gin.Context) string { return problem.RequestID(c.Writer) }
