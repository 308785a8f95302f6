package wallet

import (
	"context"
	"log/slog"
	"time"
)

// Agreer is a wallet whose payers can agree once to be charged later, without going to
// the cashier each time. PaymentRequest.Agreement carries the token of an agreement;
// such a payment has no action and is usually paid at once.
type Agreer interface {
	// PrepareAgreement returns where the payer signs.
	PrepareAgreement(ctx context.Context, req AgreementRequest) (Action, error)
	// SignAgreement exchanges the code that signing gave the client. A code works once.
	SignAgreement(ctx context.Context, code string) (Agreement, error)
	// RenewAgreement exchanges the refresh token for a new pair; the old pair is no longer
	// valid.
	RenewAgreement(ctx context.Context, a Agreement) (Agreement, error)
	// EndAgreement revokes the agreement's tokens. Ending an ended agreement succeeds.
	EndAgreement(ctx context.Context, a Agreement) error
}

// AgreementRequest requests the page where a payer can sign an agreement.
type AgreementRequest struct {
	Reference   string // ours: at most 16 characters of [0-9A-Z]
	Title       string
	Description string
	Limit       Money  // of each payment; zero: none is named
	Language    string // BCP 47; empty: the wallet decides
	NotifyURL   string
}

// Agreement is a payer's permission to be charged later. A holder of its tokens can charge
// the payer, so they stay on the server and are not printed.
type Agreement struct {
	Payer          Payer
	Token          Token
	ExpiresAt      time.Time // zero when the provider does not report it
	Refresh        Token
	RefreshExpires time.Time
}

// Token is a wallet's secret about one payer. It prints as [redacted].
type Token string

// String returns [redacted].
func (Token) String() string { return "[redacted]" }

// GoString keeps the token out of %#v too.
func (Token) GoString() string { return "[redacted]" }

// LogValue keeps the token out of logs.
func (Token) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// AgreementNews is what a notification says about an agreement.
type AgreementNews struct {
	Reference string // ours, when the wallet echoes it
	Code      string // to be exchanged by SignAgreement; empty when it was ended
	Token     Token  // of the agreement that was ended
	Ended     bool
}
