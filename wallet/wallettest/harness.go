package wallettest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Harness opens a wallet beside its provider. It is called once for each question,
// so that none sees another's payments, and closes what it opened by tb.Cleanup.
type Harness func(tb testing.TB) *Subject

// Subject is a wallet ready to be asked, and what the suite must know about it.
type Subject struct {
	Wallet   wallet.Wallet // opened with Line.Client() and Log.Logger() in its Env
	Provider Provider
	Line     *Line
	Log      *Log     // what the wallet logged; nil when it logs nothing
	Secrets  []string // must appear in no error and no log line

	Currencies []wallet.Currency // those to try; default USD, JPY and KWD
	Amounts    []int64           // in minor units; default 1, 10, 105, 123456
	NotifyURL  string            // default https://merchant.example/notify/wallet?a=b
	Now        func() time.Time  // the clock both sides go by; default time.Now
	// Advance moves that clock; nil when it cannot be moved.
	Advance func(d time.Duration)

	// UnsignedAnswers says that the provider does not sign its answers, so that
	// altered ones cannot be noticed.
	UnsignedAnswers bool
	// Declined is how a payment stands whose payer declined; default failed. At some
	// providers a failed attempt leaves it pending.
	Declined wallet.Status
	// ByBooks says that the provider knows no refund by a name of ours: a repeat carries the
	// time of the request before it, as the engine's do, and is judged by the booked sums.
	ByBooks bool
	// BeforeRefund is how many queries the wallet sends before it asks for a refund.
	BeforeRefund int
	// Hold says that the provider can authorize without capturing. Capture and Void
	// are only asked about where it is set.
	Hold bool
	// Expires says that the provider takes no payment after PaymentRequest.ExpiresAt.
	Expires bool
	// ByPaymentID and ByRefundID say that a payment, or a refund, can be asked about by
	// the wallet's own id alone.
	ByPaymentID, ByRefundID bool
	// Signed says what the provider's signature covers.
	Signed Signed
	// UnknownKind is a notification body of a kind the wallet does not know; nil when
	// its notifications have no kinds. It needs a Provider that is a Signer.
	UnknownKind []byte
}

// Signed is what a notification's signature covers, and for how long.
type Signed struct {
	Method, Path bool
	Headers      []string // the signature's own and those it covers
	// Body finds the signed bytes in a body; nil means all of them. An envelope that
	// carries ciphertext and digest inside returns the range of those.
	Body func(body []byte) (from, to int)
	// Tolerance is how far a timestamp may be off; zero when there is none.
	Tolerance time.Duration
	// Past is how old it may be, where that differs from Tolerance.
	Past time.Duration
}

// Outcome is what a payer does.
type Outcome string

// The outcomes.
const (
	Pay     Outcome = "pay"
	Decline Outcome = "decline"
)

// Provider plays the far side. Its methods answer errors.ErrUnsupported for what the
// wallet's provider cannot do.
type Provider interface {
	// Settle lets the payer of an open payment decide.
	Settle(ctx context.Context, ref wallet.Ref, outcome Outcome) error
	// Notifications are all the provider has sent or would send about a payment and
	// its refunds, oldest first, as they arrive: signed, and received when signed.
	Notifications(ctx context.Context, ref wallet.Ref) ([]wallet.Delivery, error)
	// Books say what the provider has on its books for a request id.
	Books(ctx context.Context, ref wallet.Ref) (Books, error)
}

// Books are the far side's truth.
type Books struct {
	Payments int // opened under the request id: 0 or 1, if all is well
	Captured wallet.Money
	Refunded wallet.Money
}

// Refuser is a Provider that can refuse the next call for good.
type Refuser interface {
	RefuseNext(ctx context.Context) error
}

// Limiter is a Provider that can answer the next call with a traffic limit.
type Limiter interface {
	LimitNext(ctx context.Context) error
}

// Doubter is a Provider that can execute the next call and answer that it does not
// know the outcome.
type Doubter interface {
	DoubtNext(ctx context.Context) error
}

// Approver is a Provider whose refunds wait for a decision by hand.
type Approver interface {
	DecideRefund(ctx context.Context, ref wallet.RefundRef, approve bool) error
}

// CodeMinter is a Provider that mints the codes of my.getAuthCode.
type CodeMinter interface {
	AuthCode(ctx context.Context, user string) (string, error)
}

// AgreementSigner is a Provider whose payers sign agreements, and end them.
type AgreementSigner interface {
	// SignAgreement is a user signing at the place of action; the code is the client's.
	SignAgreement(ctx context.Context, action wallet.Action, user string) (code string, err error)
	// EndAgreement is the payer ending, in the wallet, the agreement of a token.
	EndAgreement(ctx context.Context, token wallet.Token) error
	// AgreementNotifications are all that the provider has sent about an agreement.
	AgreementNotifications(ctx context.Context, reference string) ([]wallet.Delivery, error)
}

// Lagger is a Provider whose queries can lag, from now on, as long as they ever do: they
// answer as if what was done lately had not been done yet.
type Lagger interface {
	LagQueries(ctx context.Context) error
}

// Signer is a Provider that signs any body as a notification.
type Signer interface {
	Sign(ctx context.Context, body []byte) (wallet.Delivery, error)
}

// RepeatRefuser is a Provider that can refuse, from now on and for good, whatever repeats
// a request that it has executed.
type RepeatRefuser interface {
	RefuseRepeats(ctx context.Context) error
}

// Exaggeration is something that a Provider tells and nothing can represent.
type Exaggeration string

// The exaggerations.
const (
	HugeAmount Exaggeration = "an amount beyond int64"
	HugeTime   Exaggeration = "a time beyond the year 9999"
)

// Exaggerator is a Provider that can tell the like, from now on.
type Exaggerator interface {
	Exaggerate(ctx context.Context, what Exaggeration) error
}

// Renamer is a Provider that can give payments another id when the payer pays, from now
// on.
type Renamer interface {
	Rename(ctx context.Context) error
}

// Batcher is a Provider that can tell all it has to tell in one notification, from now on.
type Batcher interface {
	Batch(ctx context.Context) error
}

// DoubleCharger is a Provider whose payer can pay a paid payment again, under the same
// request id.
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
