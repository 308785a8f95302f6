package server

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/fault"
)

// readyTime is how long the engine may take to say that it is ready.
const readyTime = time.Second

type healthAnswer struct {
	Status  string `json:"status"`
	Version string `json:"version,omitempty"`
}

// health says that the process lives. It asks nobody: restarting us repairs nothing
// that is broken elsewhere.
func (s *Server) health(c *gin.Context) error {
	return s.sendHealth(c)
}

// ready says that the server can take money.
//
// Faults: Unavailable when its store is away or it is about to stop.
func (s *Server) ready(c *gin.Context) error {
	if s.retired.Load() {
		return fault.New(fault.Unavailable, "server.ready", "The server is about to stop.")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTime)
	defer cancel()
	if err := s.engine.Ready(ctx); err != nil {
		return &fault.Error{Kind: fault.Unavailable, Op: "server.ready", Detail: "The server is not ready.", Err: err}
	}
	return s.sendHealth(c)
}

func (s *Server) sendHealth(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, healthAnswer{Status: "ok", Version: s.version})
	return nil
}
