package openapi_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/server/openapi"
	"github.com/minitill/minitill/internal/contract"
)

func TestExamplesFitTheirSchemas(t *testing.T) {
	for name, text := range openapi.Samples() {
		if name == "ClientOrderRequest" || name == "Envelope" || strings.HasSuffix(name, "Facts") {
			continue // all members at once are too many, or too few: none of these is shown
		}
		contract.Schema(t, name, []byte(text))
	}
}
