package direct

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// account is what both modes have in common.
type account struct {
	name         string // as configured
	base         wire.Base
	http         *http.Client
	now          func() time.Time
	log          *slog.Logger
	merchantCode string
	key, secret  signing.Secret
	codes        wire.Codes
	currencies   []wallet.Currency
	config       Config // without its secrets
}

// envelope is the form of every answer.
type envelope struct {
	Code wire.Literal   `json:"code"`
	Data jsontext.Value `json:"data"`
}

// call sends body to a path with its query, and decodes the data of a success into out. A code
// that is not configured proves nothing: none is documented.
//
// Faults: Unavailable when the request was not sent or not accepted; Unknown when no answer
// came that can be relied on; otherwise as the code says.
func (a *account) call(ctx context.Context, op, method, target string, body []byte, out any) error {
	header := http.Header{"Authorization": {"Bearer " + string(a.key.Reveal())}}
	if body != nil {
		header["Content-Type"] = []string{"application/json"}
	}
	answer, err := wire.Send(ctx, a.http, wire.Request{Op: op, Method: method, URL: a.base.URL(target), Header: header, Body: body})
	if err != nil {
		return err
	}
	if err := answer.StatusFault(); err != nil {
		return err
	}
	var env envelope
	if err := wire.Decode(answer.Body, &env); err != nil {
		return answer.Unknown(err)
	}
	switch code, ok := env.Code.Int(); {
	case !ok || code == 0 && !answer.OK():
		return answer.Unknown(wire.ErrMalformed)
	case code != 0:
		return a.codes.Fault(op, strconv.FormatInt(code, 10))
	}
	if err := wire.Decode(env.Data, out); err != nil {
		return answer.Unknown(err)
	}
	return nil
}

// Takes reports whether a currency is configured.
func (a *account) Takes(c wallet.Currency) bool { return slices.Contains(a.currencies, c) }

func (a *account) checkMoney(op string, m wallet.Money) error {
	if err := wire.CheckAmount(op, m); err != nil {
		return err
	}
	if !a.Takes(m.Currency) {
		return fault.InvalidField(op, "amount.currency", "is not a currency of this wallet")
	}
	return nil
}
