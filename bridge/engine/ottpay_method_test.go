package engine_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
)

func TestAWalletThatCannotExecuteARequestReportsWhy(t *testing.T) {
	hold := true
	for generation, names := range map[string]struct{ method, held string }{
		"web":  {"is not a method of this account", "The wallet refused the payment. OTT Pay holds money on cards only."},
		"rest": {"is not a method of this account", "The wallet refused the payment. OTT Pay's wallets cannot hold money."},
	} {
		s, _ := ottStorm(t, generation, 1, func(*ottpay.Config, *simulator.Config) {})
		req := engine.OrderRequest{
			App: "shop", Channel: wallet.H5, Source: bridge.FromMerchant, Wallet: s.name, Method: "BITCOIN",
			Price: &pricing.Price{Amount: wallet.Money{Minor: 1250, Currency: "CAD"}, Description: "Two teas"},
		}
		_, err := s.engine.CreateOrder(t.Context(), req, nil)
		d := problem.Of(err, "", "")
		if fault.KindOf(err) != fault.Declined || len(d.Errors) != 1 || d.Errors[0] != (problem.Field{Field: "method", Detail: names.method}) {
			t.Errorf("%s, another method: got %+v of %v, want the method named", generation, d, err)
		}
		req.Method, req.Hold = "", &hold
		if _, err = s.engine.CreateOrder(t.Context(), req, nil); fault.KindOf(err) != fault.Declined || fault.Of(err).Detail != names.held {
			t.Errorf("%s, a hold: got %v, want Declined with the reason", generation, err)
		}
	}
}
