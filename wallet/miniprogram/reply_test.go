package miniprogram_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestReplies(t *testing.T) {
	now := at(t, "2026-01-02T10:15:00.123+08:00")
	w := openWallet(t, settings(t, "generic-v2", "https://wallet.example"), wallet.Env{Now: now})
	ours := checker(t, "client", testClient)
	d := wallet.Delivery{Method: http.MethodPost, Path: "/notify/wallet?x=1"}
	for _, c := range []struct {
		name   string
		err    error
		status int
		code   string
		letter string
		signed bool
	}{
		{"stored", nil, 200, "SUCCESS", "S", true},
		{"kept for an order to come", fault.NotFound, 200, "ORDER_NOT_EXIST", "F", true},
		{"an amount that is not the order's", fault.Invalid, 200, "PARAM_ILLEGAL", "F", true},
		{"another wallet's payment", fault.Forbidden, 200, "PARAM_ILLEGAL", "F", true},
		{"forged", fault.Unauthenticated, 401, "INVALID_SIGNATURE", "F", false},
		{"too large", fault.TooLarge, 413, "PARAM_ILLEGAL", "F", false},
		{"the store is unavailable", fault.Unavailable, 500, "UNKNOWN_EXCEPTION", "U", true},
		{"the wallet is queried first", fault.Unknown, 500, "UNKNOWN_EXCEPTION", "U", true},
		{"our mistake", errors.New("a bug"), 500, "UNKNOWN_EXCEPTION", "U", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.Reply(d, c.err)
			var said struct {
				Result struct{ ResultCode, ResultStatus string }
			}
			decodeJSON(t, got.Body, &said)
			if got.Status != c.status || said.Result.ResultCode != c.code || said.Result.ResultStatus != c.letter {
				t.Errorf("got HTTP %d %s, want %d %s/%s", got.Status, got.Body, c.status, c.letter, c.code)
			}
			err := ours.Verify(t.Context(), got.Header, "Response-Time", now(), http.MethodPost, got.Body, "/notify/wallet")
			if c.signed != (err == nil) {
				t.Errorf("signature: got %v, want a good one: %v", err, c.signed)
			}
		})
	}
}

func TestRepliesAreNotSignedWhereTheProfileSaysSo(t *testing.T) {
	c := settings(t, "generic-v2", "https://wallet.example")
	c.Overrides.SignReply = new(false)
	got := openWallet(t, c, wallet.Env{}).Reply(wallet.Delivery{Method: http.MethodPost, Path: "/notify/wallet"}, nil)
	if got.Header.Get("Signature") != "" || got.Status != 200 {
		t.Errorf("got %+v", got)
	}
}
