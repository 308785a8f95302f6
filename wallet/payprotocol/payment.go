package payprotocol

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Wallet is one merchant account at Pay Protocol. It is safe for concurrent use.
type Wallet struct {
	base wire.Base
	page string // the base of payment URLs
	http *http.Client
	now  func() time.Time
	log  *slog.Logger
	lag  time.Duration
	seal seal

	chain        int64 // on which orders are opened
	tagName      string
	byAddress    bool
	methods      []string
	otherTokens  bool
	refusalCodes []string
	contracts    map[int64]contract
	lists        directory
}

var (
	_ wallet.Wallet         = (*Wallet)(nil)
	_ wallet.Querier        = (*Wallet)(nil)
	_ wallet.Paced          = (*Wallet)(nil)
	_ wallet.Chooser        = (*Wallet)(nil)
	_ wallet.Refunder       = (*Wallet)(nil)
	_ wallet.RefundQuerier  = (*Wallet)(nil)
	_ wallet.SerialRefunder = (*Wallet)(nil)
	_ wallet.Notifier       = (*Wallet)(nil)
	_ wallet.Renotifier     = (*Wallet)(nil)
)

// Pace returns how long the provider's queries may lag; the schedule is the default.
func (w *Wallet) Pace() wallet.Pace { return wallet.Pace{Lag: w.lag} }

// CreatePayment opens an order and returns its payment page, or, where the settings say
// address, that or the methods to choose from. A repeat is the same request; when the provider
// refuses it, the order is searched, and one that exists is returned with its address, since no
// other call returns its page.
//
// Faults: Declined when refused and not found; Conflict when it exists with another price;
// Unavailable; Unknown.
//
// Source: the sheet's §3.1, §6, U4 and U16.
func (w *Wallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "payprotocol.CreatePayment"
	if err := checkAmount(op, req.Amount); err != nil {
		return wallet.Payment{}, err
	}
	if req.RequestID == "" || len(req.RequestID) > mostOrderNumber || strings.Trim(req.RequestID, letters) != "" {
		return wallet.Payment{}, fault.InvalidField(op, "requestId", "must be at most 64 letters, digits, - and _")
	}
	if req.Hold {
		return wallet.Payment{}, fault.InvalidField(op, "hold", "is not possible: a transfer of tokens cannot be held")
	}
	chosen, chain := method{}, w.chain
	if req.Method != "" {
		var err error
		if chosen, err = w.choice(op, req.Method); err != nil {
			return wallet.Payment{}, err
		}
		chain = chosen.chain
	}
	var out openedJSON
	err := w.post(ctx, op, pathCreate, w.encodeCreate(req, chain), &out)
	switch {
	case isRefusal(err):
		return w.existing(ctx, op, req, chosen, err)
	case err != nil:
		return wallet.Payment{}, err
	}
	return w.opened(ctx, op, req, &out, chosen, chain)
}

// choice returns a method that payers may choose.
//
// Faults: Invalid.
func (w *Wallet) choice(op, id string) (method, error) {
	m, ok := parseMethod(id)
	if !ok || !w.offered(m) {
		return m, fault.InvalidField(op, "method", "is not offered")
	}
	return m, nil
}

// opened returns a payment that was just opened.
func (w *Wallet) opened(ctx context.Context, op string, req wallet.PaymentRequest, out *openedJSON, chosen method, chain int64) (wallet.Payment, error) {
	page, err := w.pageURL(out.PaymentURL)
	if err == nil {
		_, err = w.verified(chain, out.addressJSON)
	}
	if err == nil && (out.OutPaymentNo == "" || !wire.ValidIDs(out.OutPaymentNo)) {
		err = wire.ErrMalformed
	}
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	payment := wallet.Payment{
		Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: out.OutPaymentNo}, Status: wallet.Pending,
		Action: &wallet.Action{Type: wallet.ActionRedirect, URL: page},
	}
	switch {
	case w.byAddress && isToken(req.Amount.Currency):
		if payment, err = w.withAddress(ctx, op, payment, req.Amount.Currency, chosen); err != nil {
			return wallet.Payment{}, wire.Unknown(op, err) // the order exists, whatever the result of the other calls
		}
		return payment, nil
	case chosen != (method{}): // the page offers all; it preselects the one that the payer chose
		if _, err := w.update(ctx, op, req.RequestID, chosen); err == nil {
			payment.Method = chosen.String()
		}
	}
	return payment, nil
}

// pageURL returns the payment page: the provider's text after the page's host, unchanged.
func (w *Wallet) pageURL(path string) (string, error) {
	url := w.page + path
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || !wire.ValidHeaderValue(path) || !wire.WebURL(url) {
		return "", wire.ErrMalformed
	}
	return url, nil
}

// withAddress makes the address the action of a payment in a token: that of the chosen method,
// or of the only one; of several the payer chooses.
func (w *Wallet) withAddress(ctx context.Context, op string, payment wallet.Payment, currency wallet.Currency, chosen method) (wallet.Payment, error) {
	methods, err := w.methodsIn(ctx, currency)
	if err != nil {
		return wallet.Payment{}, err
	}
	if chosen == (method{}) && len(methods) == 1 {
		chosen, _ = parseMethod(methods[0].ID)
	}
	for _, m := range methods {
		if m.ID == chosen.String() {
			return w.addressed(ctx, op, payment, chosen)
		}
	}
	if len(methods) > 1 {
		payment.Action = &wallet.Action{Type: wallet.ActionChooseMethod, Methods: methods}
	}
	return payment, nil
}

// addressed changes a payment to a method and makes its address the action.
func (w *Wallet) addressed(ctx context.Context, op string, payment wallet.Payment, m method) (wallet.Payment, error) {
	if _, err := w.update(ctx, op, payment.RequestID, m); err != nil {
		return wallet.Payment{}, err
	}
	payment.Method = m.String()
	return w.withInfo(ctx, op, payment, m.chain)
}

// update changes a payment to a method. The address in its answer may be outdated: the payer
// may change the method again.
func (w *Wallet) update(ctx context.Context, op, orderNumber string, m method) (addressJSON, error) {
	body := wire.NewObject().Int("chainId", m.chain).Int("currencyId", m.currency).Text("outTradeNo", orderNumber).End()
	var out addressJSON
	err := w.post(ctx, op, pathUpdate, body, &out)
	return out, err
}

// withInfo queries the address of a payment on a chain, and until when it accepts money.
func (w *Wallet) withInfo(ctx context.Context, op string, payment wallet.Payment, chain int64) (wallet.Payment, error) {
	var out infoJSON
	if err := w.get(ctx, op, pathInfo, wire.Query("outTradeNo", payment.RequestID), &out); err != nil {
		return wallet.Payment{}, err
	}
	address, err := w.verified(chain, out.addressJSON)
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	payment.Action = &wallet.Action{Type: wallet.ActionQR, Content: address}
	if left, ok := out.CountDown.Int(); ok && left >= 0 && left <= mostSeconds {
		payment.ExpiresAt = w.now().Add(time.Duration(left) * time.Second)
	}
	return payment, nil
}

const mostSeconds = 365 * 24 * 60 * 60

// ChoosePayment changes an open payment to a token on a chain. Where the settings say address,
// the address is the action; otherwise the page is, as before.
//
// Faults: Invalid for a method that is not offered; Declined; NotFound.
//
// Source: the sheet's §3.4 and §3.5.
func (w *Wallet) ChoosePayment(ctx context.Context, req wallet.ChooseRequest) (wallet.Payment, error) {
	const op = "payprotocol.ChoosePayment"
	m, err := w.choice(op, req.Method)
	if err != nil {
		return wallet.Payment{}, err
	}
	order, err := w.order(ctx, op, req.Payment)
	if err != nil {
		return wallet.Payment{}, err
	}
	payment := wallet.Payment{Ref: order.ref(), Status: wallet.Pending, Method: m.String()}
	if !w.byAddress {
		_, err := w.update(ctx, op, req.Payment.RequestID, m)
		return payment, err
	}
	t, err := w.byMethod(ctx, m)
	if err != nil || t.Symbol != order.QuoteCurrencySymbol { // only the page shows another token's sum
		return wallet.Payment{}, fault.InvalidField(op, "method", "is not offered for this order")
	}
	return w.addressed(ctx, op, payment, m)
}

// QueryPayment sends a status query. The provider needs our order number.
//
// Faults: NotFound; Unavailable and Unknown as for every call.
//
// Source: the sheet's §3.2 and §4.
func (w *Wallet) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	const op = "payprotocol.QueryPayment"
	order, err := w.order(ctx, op, ref)
	if err != nil {
		return wallet.Payment{}, err
	}
	payment, err := w.payment(ctx, &order)
	if err != nil && fault.KindOf(err) == fault.Internal {
		err = wire.Unknown(op, err)
	}
	return payment, err
}

// order queries an order by its number.
func (w *Wallet) order(ctx context.Context, op string, ref wallet.Ref) (orderJSON, error) {
	if ref.RequestID == "" {
		return orderJSON{}, fault.New(fault.Unsupported, op, "The wallet can be queried by our own order number only.")
	}
	var out orderJSON
	query := wire.Query("outTradeNo", ref.RequestID, "outPaymentNo", ref.PaymentID)
	if err := w.get(ctx, op, pathDetail, query, &out); err != nil {
		return orderJSON{}, err
	}
	if !out.about(ref) {
		return orderJSON{}, wire.Unknown(op, wire.ErrMalformed) // an answer about another order
	}
	return out, nil
}

// Renotify requests a payment's callback once more.
//
// Source: the sheet's §3.6.
func (w *Wallet) Renotify(ctx context.Context, ref wallet.Ref) error {
	return w.get(ctx, "payprotocol.Renotify", pathNotify, wire.Query("outTradeNo", ref.RequestID), nil)
}
