package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/fault"
)

// showHome is the page at the root.
func (s *Server) showHome(c *gin.Context) error {
	s.notice(c, pages.Home, http.StatusOK)
	return nil
}

// nowhere answers a request without a route: a browser with a page, other callers with a
// problem.
func (s *Server) nowhere(c *gin.Context) error {
	if !isBrowser(c.Request) {
		return fault.New(fault.NotFound, "server", "There is nothing at this address.")
	}
	s.notice(c, pages.Nowhere, http.StatusNotFound)
	return nil
}

// noSubpage answers a browser that opens an unknown page below the documentation.
func (s *Server) noSubpage(c *gin.Context) {
	file := c.Param("file")
	if isBrowser(c.Request) && file != "" && file != "/" && !strings.HasPrefix(file, "/assets/") && !strings.HasPrefix(file, "/guide") {
		s.notice(c, pages.Nowhere, http.StatusNotFound)
		c.Abort()
	}
}

// page makes a handler of a payer's page a handler of Gin's.
func (s *Server) page(h func(c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			s.fail(c, err)
		}
	}
}

// fail answers a browser with a page that reloads itself, and other callers with the problem.
func (s *Server) fail(c *gin.Context, err error) {
	if !isBrowser(c.Request) {
		s.problems.Write(c.Writer, c.Request, err)
		return
	}
	d := s.problems.Report(c.Writer, c.Request, err)
	s.notice(c, pages.Trouble, d.Status)
}

func (s *Server) notice(c *gin.Context, notice pages.Notice, status int) {
	c.Header("Vary", "Accept")
	pages.Say(c.Writer, c.Request, notice, status, pages.View{BasePath: s.base(c.Request), FrameAncestors: s.frames})
}

// isBrowser reports whether a browser shows the answer: browsers accept HTML when they open a
// page or send a form; scripts and servers do not.
func isBrowser(r *http.Request) bool {
	return slices.ContainsFunc(r.Header.Values("Accept"), func(accept string) bool {
		return strings.Contains(accept, "text/html")
	})
}
