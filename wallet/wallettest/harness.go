package wallettest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Harness opens a wallet beside its provider. It is called once for each question, so that no
// question sees another's payments, and closes what it opened by tb.Cleanup.
type Harness func(tb testing.TB) *Subject

// Subject is a wallet that is ready to be tested, and what the suite must know about it.
type Subject struct {
	Wallet   wallet.Wallet // opened with Line.Client() and Log.Logger() in its Env
	Provider Provider
	Line     *Line
	Log      *Log     // what the wallet logged; nil when it logs nothing
	Secrets  []string // must not appear in errors and log lines

	Currencies []wallet.Currency // those to test; default USD, JPY and KWD
	Amounts    []int64           // in minor units; default 1, 10, 105, 123456
	NotifyURL  string            // default https://merchant.example/notify/wallet?a=b
	Now        func() time.Time  // the clock of both sides; default time.Now
	// Advance moves that clock; nil when it cannot be moved.
	Advance func(d time.Duration)

	// UnsignedAnswers is set where the provider does not sign its answers, so that altered ones
	// cannot be detected.
	UnsignedAnswers bool
	// Declined is the status of a payment that the payer declined; default failed. At some
	// providers a failed attempt leaves it pending.
	Declined wallet.Status
	// ByBooks is set where the provider knows no refund by our request ID: a repeat carries the
	// time of the attempt before it, as the engine's do, and is judged by the till's own sums.
	ByBooks bool
	// BeforeRefund is how many queries the wallet sends before it requests a refund.
	BeforeRefund int
	// Hold is set where the provider can authorize without capturing. Capture and Void are
	// tested only then.
	Hold bool
	// Expires is set where the provider accepts no payment after PaymentRequest.ExpiresAt.
	Expires bool
	// ByPaymentID and ByRefundID are set where a payment, or a refund, can be queried by the
	// provider's own id alone.
	ByPaymentID, ByRefundID bool
	// Signed is what the provider's signature covers.
	Signed Signed
	// UnknownKind is the body of a notification of a kind that the wallet does not know; nil
	// when its notifications have no kinds. It needs a Provider that is a Signer.
	UnknownKind []byte
}

// Signed is what a notification's signature covers, and for how long.
type Signed struct {
	Method, Path bool
	Headers      []string // those of the signature and those that it covers
	// Body returns the range of the signed bytes in a body; nil means all of them. An envelope
	// with ciphertext and digest inside returns the range of those.
	Body func(body []byte) (from, to int)
	// Tolerance is how far a timestamp may be from ReceivedAt; zero when there is none.
	Tolerance time.Duration
	// Past is how old a timestamp may be, where that differs from Tolerance.
	Past time.Duration
}

// Outcome is what a payer does.
type Outcome string

// The outcomes.
const (
	Pay     Outcome = "pay"
	Decline Outcome = "decline"
)

// Provider controls the provider's side. Its methods return errors.ErrUnsupported for what the
// wallet's provider cannot do. The interfaces below are for what only some providers can do;
// questions that need one are skipped where it is absent.
type Provider interface {
	// Settle makes the payer of an open payment pay or decline.
	Settle(ctx context.Context, ref wallet.Ref, outcome Outcome) error
	// Notifications returns all that the provider has sent or would send about a payment and
	// its refunds, oldest first, signed, and with the time of signing as ReceivedAt.
	Notifications(ctx context.Context, ref wallet.Ref) ([]wallet.Delivery, error)
	// Books returns what the provider has recorded for a request ID.
	Books(ctx context.Context, ref wallet.Ref) (Books, error)
}

// Books are the provider's records of a payment.
type Books struct {
	Payments int // opened under the request ID; more than 1 is an error
	Captured wallet.Money
	Refunded wallet.Money
}

// Refuser is a Provider that can refuse the next call with certainty.
type Refuser interface {
	RefuseNext(ctx context.Context) error
}

// Limiter is a Provider that can answer the next call with a traffic limit.
type Limiter interface {
	LimitNext(ctx context.Context) error
}

// UnknownOutcomer is a Provider that can execute the next call and answer that it does not know the
// outcome.
type UnknownOutcomer interface {
	UnknownOutcomeNext(ctx context.Context) error
}

// Approver is a Provider whose refunds wait for an operator's decision.
type Approver interface {
	DecideRefund(ctx context.Context, ref wallet.RefundRef, approve bool) error
}

// CodeMinter is a Provider that issues the codes of my.getAuthCode.
type CodeMinter interface {
	AuthCode(ctx context.Context, user string) (string, error)
}

// AgreementSigner is a Provider whose payers sign agreements, and end them.
type AgreementSigner interface {
	// SignAgreement makes a user sign at the address of action, and returns the client's code.
	SignAgreement(ctx context.Context, action wallet.Action, user string) (code string, err error)
	// EndAgreement makes the payer end, in the wallet's app, the agreement of a token.
	EndAgreement(ctx context.Context, token wallet.Token) error
	// AgreementNotifications returns all that the provider has sent about an agreement.
	AgreementNotifications(ctx context.Context, reference string) ([]wallet.Delivery, error)
}

// Lagger is a Provider whose queries can lag from now on, by as much as they ever do: they
// answer as if recent changes had not been made.
type Lagger interface {
	LagQueries(ctx context.Context) error
}

// Signer is a Provider that signs any body as a notification.
type Signer interface {
	Sign(ctx context.Context, body []byte) (wallet.Delivery, error)
}

// RepeatRefuser is a Provider that can refuse, from now on, every repeat of a request that it
// has executed.
type RepeatRefuser interface {
	RefuseRepeats(ctx context.Context) error
}

// OutOfRange is a value that a provider sends and that cannot be represented.
type OutOfRange string

// The values out of range.
const (
	HugeAmount OutOfRange = "an amount beyond int64"
	HugeTime   OutOfRange = "a time beyond the year 9999"
)

// OutOfRangeSender is a Provider that can send such values from now on.
type OutOfRangeSender interface {
	SendOutOfRange(ctx context.Context, what OutOfRange) error
}

// Renamer is a Provider that can, from now on, change a payment's id when the payer pays.
type Renamer interface {
	Rename(ctx context.Context) error
}

// Batcher is a Provider that can, from now on, put several events into one notification.
type Batcher interface {
	Batch(ctx context.Context) error
}

// DoubleCharger is a Provider whose payer can pay a paid payment again, under the same request
// ID.
type DoubleCharger interface {
	ChargeAgain(ctx context.Context, ref wallet.Ref) error
}

func (s *Subject) withDefaults() *Subject {
	if s.Currencies == nil {
		s.Currencies = []wallet.Currency{"USD", "JPY", "KWD"}
	}
	if s.Amounts == nil {
		s.Amounts = []int64{1, 10, 105, 123456}
	}
	if s.NotifyURL == "" {
		s.NotifyURL = "https://merchant.example/notify/wallet?a=b"
	}
	if s.Declined == "" {
		s.Declined = wallet.Failed
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Signed.Body == nil {
		s.Signed.Body = func(body []byte) (int, int) { return 0, len(body) }
	}
	if s.Signed.Past == 0 {
		s.Signed.Past = s.Signed.Tolerance
	}
	return s
}
