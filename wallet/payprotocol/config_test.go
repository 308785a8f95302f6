package payprotocol_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
)

func TestAllMistakesOfTheSettingsAreNamedAtOnce(t *testing.T) {
	_, err := payprotocol.Config{
		BaseURL: "ftp://api.example", PageURL: "https://pay.example?x=1", APIKey: "two words", APISecret: signing.NewSecret("short"),
		HeaderPrefix: "X PAY", ChainID: -1, Action: "nowhere", Methods: []string{"136"}, RefusalCodes: []string{"200"},
		Lag: -1, CallbackPast: -1, CallbackFuture: -1,
		Contracts: []payprotocol.Contract{{Kind: "btc", Factory: "0x12", InitCodeHash: "none"}},
	}.Open(wallet.Env{})
	if !errors.Is(err, fault.Invalid) {
		t.Fatalf("got %v, want invalid", err)
	}
	var names []string
	for _, field := range fault.Of(err).Fields {
		names = append(names, field.Name)
	}
	slices.Sort(names)
	want := []string{
		"action", "apiKey", "apiSecret", "baseUrl", "callbackFuture", "callbackPast", "chainId", "contracts[0].chainId", "contracts[0].factory",
		"contracts[0].initCodeHash", "contracts[0].kind", "headerPrefix", "lag", "methods", "pageUrl", "refusalCodes",
	}
	if !slices.Equal(names, want) {
		t.Errorf("got the mistakes %q, want %q", names, want)
	}
}

func TestTheEmptySettingsAreRefused(t *testing.T) {
	if _, err := (payprotocol.Config{}).Open(wallet.Env{}); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want invalid", err)
	}
}

func TestAChainHasOneContract(t *testing.T) {
	one := payprotocol.Contract{
		ChainID: 136, Kind: "tron", Factory: "0x1111111111111111111111111111111111111111",
		InitCodeHash: "0x07ad118d6cc8642c86c03827f276d8b791a65e5c99a3845faf186be720a1455d",
	}
	twice := settings(func(c *payprotocol.Config) { c.Contracts = []payprotocol.Contract{one, one} })
	if _, err := twice.Open(wallet.Env{}); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want invalid", err)
	}
}

func TestThePaceSaysHowLongQueriesMayLag(t *testing.T) {
	for set, want := range map[time.Duration]time.Duration{0: time.Minute, 5 * time.Second: 5 * time.Second} {
		w := open(t, wallet.Env{}, func(c *payprotocol.Config) { c.Lag = set })
		if got := w.Pace(); got != (wallet.Pace{Lag: want}) {
			t.Errorf("lag %v: got %+v, want %v and the usual pace", set, got, want)
		}
	}
}

func TestACodeIsDeclinedOnlyWhenItProvesThatNothingWasDone(t *testing.T) {
	w := open(t, wallet.Env{}, func(c *payprotocol.Config) { c.RefusalCodes = []string{"10017"} })
	for code, want := range map[string]fault.Kind{
		"400": fault.Declined, "422": fault.Declined, "10017": fault.Declined, "401": fault.Unavailable, "403": fault.Unavailable,
		"429": fault.Unavailable, "404": fault.NotFound, "409": fault.Conflict,
		"0": fault.Unknown, "": fault.Unknown, "500": fault.Unknown, "10018": fault.Unknown, "201": fault.Unknown, "408": fault.Unknown,
	} {
		if got := w.CodeFault(code); got != want {
			t.Errorf("code %q: got %v, want %v", code, got, want)
		}
	}
}

func TestARefusalOfTheCallItselfIsNoRefusalOfThePayment(t *testing.T) {
	for name, answer := range map[string]string{
		"HTTP 401": "HTTP 401\n" + `{"code":401,"msg":"Unauthorized"}`, "code 401": `{"code":401,"msg":"Unauthorized"}`,
		"HTTP 403": "HTTP 403\n<html>", "HTTP 429": "HTTP 429\n", "code 429": `{"code":429,"msg":"busy"}`,
	} {
		w, _ := answering(t, map[string][]string{"POST /payment/createPaymentOrder": {answer}})
		if _, err := w.CreatePayment(t.Context(), request()); !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s: got %v, want unavailable", name, err)
		}
	}
}
