package direct

import (
	"cmp"
	"context"
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Cards is an account that charges tokens of cards. Its payments cannot be queried: an operator
// must find out the outcome of a call without an answer. It is safe for concurrent use.
type Cards struct{ account }

var (
	_ wallet.Wallet             = (*Cards)(nil)
	_ wallet.MethodTokenCharger = (*Cards)(nil)
	_ wallet.Capturer           = (*Cards)(nil)
	_ wallet.Voider             = (*Cards)(nil)
	_ wallet.Refunder           = (*Cards)(nil)
	_ wallet.Notifier           = (*Cards)(nil)
)

// cardJSON is the answer to every card call.
type cardJSON struct {
	TransactionID string       `json:"transaction_id"`
	Status        string       `json:"status"`
	Amount        wire.Literal `json:"amount"`
}

// ChargesMethodTokens says that payments are made by tokens.
func (w *Cards) ChargesMethodTokens() {}

// CreatePayment authorizes the amount by the token of the payer's card. It is never repeated: a
// request that was sent before and got no answer stays Unknown.
//
// Faults: Invalid without a token, for what looks like a card number, and for an order without
// Hold; Declined only for a code that is configured as refused.
func (w *Cards) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "direct.CreatePayment"
	if err := w.chargeable(op, &req); err != nil {
		return wallet.Payment{}, err
	}
	body := wire.NewObject().Text("amount", req.Amount.Decimal()).
		Text(cmp.Or(w.config.TokenName, "card_number"), string(req.MethodToken)).End()
	out, err := w.charge(ctx, op, cardCall{verb: "authorize", want: "authorized", amount: req.Amount, body: body})
	if err != nil {
		return wallet.Payment{}, err
	}
	return wallet.Payment{
		Ref:    wallet.Ref{RequestID: req.RequestID, PaymentID: out.TransactionID},
		Status: wallet.Authorized, Amount: req.Amount, Code: out.Status,
	}, nil
}

// chargeable checks a request before the provider is called.
func (w *Cards) chargeable(op string, req *wallet.PaymentRequest) error {
	switch {
	case req.Agreement != "":
		return fault.New(fault.Unsupported, op, "This wallet has no agreements.")
	case req.MethodToken == "":
		return fault.InvalidField(op, "methodToken", "is required at this wallet")
	case wallet.MayBeCardNumber(string(req.MethodToken)):
		return fault.InvalidField(op, "methodToken", "must be the provider's token, never a card number")
	case !req.Hold:
		return fault.InvalidField(op, "hold", "must be true at this wallet: it authorizes first")
	}
	if err := w.checkMoney(op, req.Amount); err != nil {
		return err
	}
	return once(op, !req.LastSentAt.IsZero())
}

// once refuses to repeat what may have been executed: the calls have no idempotency key.
func once(op string, sent bool) error {
	if sent {
		return fault.New(fault.Unknown, op, "An earlier request got no answer, and the wallet has no status query.")
	}
	return nil
}

// Capture takes held money, wholly or in part, once.
//
// Faults: Declined only for a code that is configured as refused; Unknown for every other
// refusal.
func (w *Cards) Capture(ctx context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	const op = "direct.Capture"
	if err := w.checkMoney(op, req.Amount); err != nil {
		return wallet.Payment{}, err
	}
	body := transaction(req.Payment).Text("amount", req.Amount.Decimal()).Text("currency", string(req.Amount.Currency)).End()
	out, err := w.charge(ctx, op, cardCall{verb: "capture", want: "captured", of: req.Payment.PaymentID, amount: req.Amount, body: body})
	if err != nil {
		return wallet.Payment{}, err
	}
	return wallet.Payment{Ref: req.Payment, Status: wallet.Paid, Amount: req.Amount, Captured: req.Amount, Code: out.Status}, nil
}

// Void releases held money, before it is captured.
//
// Faults: as of Capture.
func (w *Cards) Void(ctx context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	c := cardCall{verb: "void", want: "voided", of: req.Payment.PaymentID, body: transaction(req.Payment).End()}
	out, err := w.charge(ctx, "direct.Void", c)
	if err != nil {
		return wallet.Payment{}, err
	}
	return wallet.Payment{Ref: req.Payment, Status: wallet.Voided, Code: out.Status}, nil
}

// Refund returns captured money, by a reversal where all of it is refunded and the settings say
// so. It is never repeated: a request that was sent before and got no answer stays Unknown.
//
// Faults: as of Capture.
func (w *Cards) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "direct.Refund"
	if err := w.checkMoney(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	if err := once(op, !req.LastSentAt.IsZero()); err != nil {
		return wallet.Refund{}, err
	}
	c := cardCall{verb: "refund", want: "refunded", of: req.Payment.PaymentID, amount: req.Amount}
	c.body = transaction(req.Payment).Text("amount", req.Amount.Decimal()).End()
	if w.config.ReverseWhole && req.Amount == req.Paid {
		c.verb, c.want, c.body = "reversal", "reversed", transaction(req.Payment).End()
	}
	out, err := w.charge(ctx, op, c)
	if err != nil {
		return wallet.Refund{}, err
	}
	return wallet.Refund{
		RefundRef: wallet.RefundRef{RequestID: req.RequestID, Payment: req.Payment},
		Status:    wallet.RefundSucceeded, Amount: req.Amount, Code: out.Status,
	}, nil
}

func transaction(ref wallet.Ref) wire.Object {
	return wire.NewObject().Text("transaction_id", ref.PaymentID)
}

// cardCall is one card call, and the answer that it requires.
type cardCall struct {
	verb, want string       // the status that it leads to
	of         string       // the transaction that it is about; empty for one that it makes
	amount     wallet.Money // zero when no amount is sent
	body       []byte
}

// charge makes a card call. A refusal whose code is not configured is Unknown: it is not
// documented what any code proves.
func (w *Cards) charge(ctx context.Context, op string, c cardCall) (cardJSON, error) {
	var out cardJSON
	if err := w.call(ctx, op, http.MethodPost, "/v1/"+c.verb, c.body, &out); err != nil {
		return out, wire.Reclassify(err, fault.Declined, fault.NotFound)
	}
	if !w.answers(&out, &c) {
		return out, wire.Unknown(op, wire.ErrMalformed)
	}
	return out, nil
}

// answers reports whether an answer is about the call: its transaction, status and amount, of
// which the last may be absent.
func (w *Cards) answers(out *cardJSON, c *cardCall) bool {
	reported, err := out.Amount.Major(w.currencies[0])
	sameAmount := out.Amount == "" || c.amount == (wallet.Money{}) || err == nil && reported == c.amount
	sameTransaction := out.TransactionID != "" && wire.ValidIDs(out.TransactionID) && (c.of == "" || out.TransactionID == c.of)
	return out.Status == c.want && sameTransaction && sameAmount
}

// ParseNotification accepts no event: webhooks of card calls have neither an id nor a
// signature.
//
// Faults: Unauthenticated; TooLarge above 64 KiB.
func (w *Cards) ParseNotification(_ context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "direct.ParseNotification"
	if _, err := w.parse(op, d); err != nil {
		return wallet.Notification{}, err
	}
	return wallet.Notification{}, fault.New(fault.Unauthenticated, op, "This wallet's webhooks are not signed.")
}
