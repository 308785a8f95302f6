package server

import (
	"fmt"
	"io/fs"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/server/openapi"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

var readMethods = []string{http.MethodGet, http.MethodHead}

// newRouter returns a router without redirects, which answers unknown routes and methods
// with problems. RemoteAddr is the caller's address already: limit.Proxies.Resolve has
// evaluated the forwarding headers.
func (s *Server) newRouter() *gin.Engine {
	router := gin.New()
	router.RedirectTrailingSlash = false
	router.HandleMethodNotAllowed = true
	router.ForwardedByClientIP = false
	if s.observe != nil {
		router.Use(s.observeAnswer)
	}
	if s.trace != nil {
		router.Use(s.traceAnswer)
	}
	router.Use(s.logAccess, s.recoverPanic)
	router.NoRoute(web.Handle(s.problems, s.nowhere))
	router.NoMethod(func(c *gin.Context) { s.problems.MethodNotAllowed(c.Writer) })
	return router
}

func (s *Server) mount(sdk fs.FS) {
	s.api.Mount(s.router.Group("/miniapp/v1"))
	s.router.Match([]string{http.MethodGet, http.MethodPost}, "/notify/:wallet", web.Handle(s.problems, s.notify))
	s.router.Match(readMethods, "/", web.Handle(s.problems, s.showHome))
	s.router.GET("/pay/:token", s.page(s.showPay))
	s.router.POST("/pay/:token", s.page(s.takePay))
	s.router.GET("/pay/:token/status", web.Handle(s.problems, s.payStatus))
	s.router.GET("/return/:order", s.page(s.showReturn))
	s.router.GET("/return/:order/status", web.Handle(s.problems, s.returnStatus))
	s.router.Match(readMethods, "/assets/*file", gin.WrapH(pages.Static()))
	s.router.Match(readMethods, "/.well-known/jwks.json", gin.WrapH(newJWKS(s.tokens.JWKS())))
	s.router.Match(readMethods, "/healthz", web.Handle(s.problems, s.health))
	s.router.Match(readMethods, "/readyz", web.Handle(s.problems, s.ready))
	docs := gin.WrapH(openapi.Docs(s.public))
	for _, path := range []string{"/docs", "/docs/*file", "/openapi.json"} {
		s.router.Match(readMethods, path, s.noSubpage, docs)
	}
	s.router.GET("/problems/:code", s.explainProblem)
	for name, file := range sdkFiles(sdk) {
		s.router.Match(readMethods, "/sdk/"+name, gin.WrapH(file))
	}
}

// explainProblem redirects from the type of a problem to its documentation, and from an
// unknown code to the list of problems.
func (s *Server) explainProblem(c *gin.Context) {
	place := "#problems"
	if code := c.Param("code"); problem.IsCode(code) {
		place = "#problem-" + code
	}
	c.Redirect(http.StatusFound, s.base(c.Request)+"/docs"+place)
}

// recoverPanic answers a panic of a handler with a problem, or aborts an answer that has
// begun. The stack is in the log only.
func (s *Server) recoverPanic(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
		err := &fault.Error{Kind: fault.Internal, Op: "server", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		c.Abort()
		if c.Writer.Written() {
			s.log.Error("handler panicked in the middle of its answer; the connection was ended; report this with the stack", "request", requestID(c), "fault", err)
			panic(http.ErrAbortHandler)
		}
		s.fail(c, err)
	}()
	c.Next()
}

// logAccess logs each request by its route, since paths have tokens.
func (s *Server) logAccess(c *gin.Context) {
	ctx := c.Request.Context()
	if !s.log.Enabled(ctx, s.access) {
		return
	}
	began := s.now()
	c.Next()
	s.log.Log(ctx, s.access, "request", "request", requestID(c), "method", c.Request.Method, "route", c.FullPath(),
		"status", c.Writer.Status(), "took", took(c, s.now().Sub(began)))
}
