package sandbox_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// read lets the wallet read a signed answer to create.
func read(t testing.TB, w *sandbox.Wallet, status int, body string) (wallet.Payment, error) {
	t.Helper()
	header, err := w.SignAnswer(t.Context(), itoa(status), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return w.ReadPayment(t.Context(), status, header, []byte(body))
}

func itoa(n int) string { return wallet.Money{Minor: int64(n), Currency: "JPY"}.Value() }

const goodAnswer = `{"paymentId":"sp_1","requestId":"R","status":"PENDING","amount":{"currency":"USD","value":"1234"},` +
	`"paymentUrl":"https://wallet.example/cashier/sp_1?token=v1%2Bx","expiresAt":1763640000000,"updatedAt":1763640000000}`

func TestAnswersThatMakeNoSense(t *testing.T) {
	w := openWallet(t, "https://wallet.example", wallet.Env{})
	if _, err := read(t, w, 200, goodAnswer); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new string }{
		"a script as payment URL":     {"https://wallet.example/cashier", "javascript:alert(1)//"},
		"a payment URL with a blank":  {"token=", "to ken="},
		"a payment URL without host":  {"https://wallet.example", "https:///"},
		"a number as amount":          {`"1234"`, `1234`},
		"a decimal amount":            {`"1234"`, `"12.34"`},
		"a negative amount":           {`"1234"`, `"-1"`},
		"a currency we do not know":   {"USD", "XXX"},
		"an endless payment id":       {"sp_1", strings.Repeat("9", 200)},
		"something after the object":  {`1763640000000}`, `1763640000000}{}`},
		"a payment URL without bound": {"token=", "token=" + strings.Repeat("x", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Replace(goodAnswer, c.old, c.new, 1)
			if got, err := read(t, w, 200, body); err == nil {
				t.Errorf("got %+v, want an error", got)
			}
		})
	}
}

func TestAStatusWeDoNotKnowSaysNothing(t *testing.T) {
	w := openWallet(t, "https://wallet.example", wallet.Env{})
	got, err := read(t, w, 200, strings.Replace(goodAnswer, "PENDING", "FROZEN", 1))
	if err != nil || got.Status != "" || got.Code != "FROZEN" {
		t.Errorf("got status %q, code %q, %v, want no status and the code FROZEN", got.Status, got.Code, err)
	}
}

func TestServerErrorsAreUnknownHoweverSigned(t *testing.T) {
	w := openWallet(t, "https://wallet.example", wallet.Env{})
	if _, err := read(t, w, 503, `{"code":"RISK_REJECTED"}`); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want unknown", err)
	}
}

func TestSuccessWithARefusalsStatusIsNoSuccess(t *testing.T) {
	w := openWallet(t, "https://wallet.example", wallet.Env{})
	if _, err := read(t, w, 402, goodAnswer); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want unknown", err)
	}
}

func FuzzAnswer(f *testing.F) {
	w := openWallet(f, "https://wallet.example", wallet.Env{})
	f.Add(200, goodAnswer)
	f.Add(402, `{"code":"RISK_REJECTED","message":"no"}`)
	f.Add(429, `{"code":"TRAFFIC_LIMIT","retryAfter":99999999999999999}`)
	f.Add(200, `{"paymentId":"x","requestId":"y","methods":[{"id":"a"}]}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		got, err := read(t, w, status, body)
		if err != nil {
			if fl := fault.Of(err); fl.RetryAfter < 0 || !utf8.ValidString(fl.Code) {
				t.Errorf("got %+v", fl)
			}
			return
		}
		if got.Amount.Minor < 0 || got.Captured.Minor < 0 || got.RequestID == "" || got.PaymentID == "" {
			t.Errorf("got %+v", got)
		}
	})
}

func FuzzEncodeCreate(f *testing.F) {
	f.Add("R", "Tea & \"cake\"\n\\", "https://shop.example/?a=b")
	f.Add("", "\x00\xff٢", "é")
	f.Fuzz(func(t *testing.T, id, description, notify string) {
		body := sandbox.EncodeCreate(wallet.PaymentRequest{
			RequestID: id, Description: description, NotifyURL: notify, Amount: wallet.Money{Minor: 1, Currency: "USD"},
		})
		var got struct{ RequestID, Description, NotifyURL string }
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if utf8.ValidString(id+" "+description+" "+notify) && (got.RequestID != id || got.Description != description || got.NotifyURL != notify) {
			t.Errorf("got %+v from %s", got, body)
		}
	})
}

func TestReplies(t *testing.T) {
	w := openWallet(t, "https://wallet.example", wallet.Env{})
	for _, c := range []struct {
		name   string
		err    error
		status int
		body   string
	}{
		{"stored", nil, 200, `{"code":"OK"}`},
		{"kept for an order to come", fault.NotFound, 200, `{"code":"KEPT"}`},
		{"forged", fault.Unauthenticated, 401, `{"code":"BAD_SIGNATURE"}`},
		{"nonsense", fault.Invalid, 400, `{"code":"INVALID"}`},
		{"too large", fault.TooLarge, 400, `{"code":"INVALID"}`},
		{"the store is unavailable", fault.Unavailable, 503, `{"code":"AGAIN"}`},
		{"our mistake", errors.New("a bug"), 503, `{"code":"AGAIN"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.Reply(wallet.Delivery{}, c.err)
			if got.Status != c.status || string(got.Body) != c.body || got.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got HTTP %d %s, want %d %s", got.Status, got.Body, c.status, c.body)
			}
		})
	}
}
