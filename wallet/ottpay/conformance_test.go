package ottpay_test

import (
	"crypto/rand"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// findable is an account of REST that finds wallet payments by their remark and counts
// refunds at once. The suite requires what only such an account guarantees; what others
// answer is in rest_test.go.
func findable(c *ottpay.Config, far *simulator.Config) {
	c.RemarkIsReference, c.RefundsCountAtOnce, c.RefundIDsQueried = true, true, true
	far.RemarkIsReference, far.RefundIDsAnswered = true, true
}

func byHand(_ *ottpay.Config, far *simulator.Config) { far.AsyncRefunds = true }

func TestConformanceOfTheWebAPI(t *testing.T) { wallettest.Run(t, harness("web")) }

func TestConformanceOfTheWebAPIWithRefundsByHand(t *testing.T) {
	wallettest.Run(t, harness("web", byHand))
}

func TestConformanceOfREST(t *testing.T) { wallettest.Run(t, harness("rest", findable)) }

// FuzzNotification has a key of its own in each process: what another process sealed is not
// genuine in this one.
func FuzzNotification(f *testing.F) {
	key := signing.NewSecret(rand.Text())
	wallettest.Fuzz(f, harness("web", func(c *ottpay.Config, far *simulator.Config) { c.SignKey, far.SignKey = key, key }))
}
