package server_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/minitill/minitill/wallet"
)

func TestTheDocumentNamesEveryCapability(t *testing.T) {
	var document struct {
		Components struct {
			Schemas struct {
				Wallet struct {
					Properties struct {
						Capabilities struct {
							Required   []string
							Properties map[string]struct{ Description string }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(newWorld(t).send("GET", "/openapi.json", "").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	documented := document.Components.Schemas.Wallet.Properties.Capabilities
	var want []string
	for _, c := range wallet.Capabilities {
		want = append(want, string(c.Capability))
		if got := documented.Properties[string(c.Capability)].Description; got != c.Meaning {
			t.Errorf("%s: the document has %q, the table %q", c.Capability, got, c.Meaning)
		}
	}
	if !slices.Equal(documented.Required, want) || len(documented.Properties) != len(want) {
		t.Errorf("the document has %q and %d properties, the table %q", documented.Required, len(documented.Properties), want)
	}
}
