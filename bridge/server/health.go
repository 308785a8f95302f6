package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// readyTime bounds the engine's readiness check.
const readyTime = time.Second

type healthAnswer struct {
	Status     string            `json:"status"`
	Version    string            `json:"version,omitempty"`
	Components map[string]string `json:"components,omitempty"`
}

// health is the liveness check. It checks no dependency, since a restart repairs none.
func (s *Server) health(c *gin.Context) error {
	return s.sendHealth(c, nil)
}

// ready is the readiness check, with the state of each component. Only the store is
// required.
//
// Faults: Unavailable when the store is unavailable or the server is about to stop.
func (s *Server) ready(c *gin.Context) error {
	if s.retired.Load() {
		return fault.New(fault.Unavailable, "server.ready", "The server is about to stop.")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTime)
	defer cancel()
	if err := s.engine.Ready(ctx); err != nil {
		return &fault.Error{
			Kind: fault.Unavailable, Op: "server.ready", Detail: "The server is not ready.", Err: err,
			Fields: []fault.Field{{Name: "store", Detail: "is unreachable"}},
		}
	}
	return s.sendHealth(c, s.components())
}

// components is the state of each component.
func (s *Server) components() map[string]string {
	states := map[string]string{"store": "ok"}
	for name, well := range s.parts {
		states[name] = "ok"
		if !well() {
			states[name] = "away"
		}
	}
	return states
}

func (s *Server) sendHealth(c *gin.Context, components map[string]string) error {
	return web.Send(c, http.StatusOK, healthAnswer{Status: "ok", Version: s.version, Components: components})
}

// Kept reports whether a path is for notifications or health checks, for which a busy server
// reserves capacity.
func Kept(path string) bool {
	return strings.HasPrefix(path, "/notify/") || path == "/readyz" || path == "/healthz"
}
