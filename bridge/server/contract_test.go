package server_test

import (
	"testing"

	"github.com/minitill/minitill/internal/contract"
)

func TestWhatIsServedIsWhatIsDocumented(t *testing.T) {
	contract.Routes(t, newWorld(t).server.Routes(),
		"/miniapp/", "/notify/", "/pay/", "/return/", "/.well-known/", "/healthz", "/readyz", "/openapi.json")
}
