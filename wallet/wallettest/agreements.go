package wallettest

import (
	"fmt"
	"slices"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var agreements = []question{
	{
		"preparing an agreement says where the payer signs",
		"without an address to sign at, the agreement never becomes active",
		prepareHasAction,
	},
	{
		"a code of a signed agreement works once",
		"a code that works twice gives everyone who saw it the right to charge the payer",
		signOnce,
	},
	{
		"renewing replaces both tokens",
		"a replaced token that still works can charge the payer without the engine's knowledge",
		renewReplaces,
	},
	{
		"ending an ended agreement succeeds",
		"the call is repeated after a lost answer, and the payer may have ended the agreement first",
		endTwice,
	},
	{
		"a charge by an agreement is paid without the cashier, once for one request id",
		"a charge whose answer was lost is sent again, and the payer must not pay twice",
		chargeOnce,
	},
	{
		"a charge by an ended or foreign token is Declined",
		"only a certain refusal fails the order; any other answer keeps it open until it expires",
		chargeRefused,
	},
	{
		"a call about an agreement that got no answer is Unknown",
		"the wallet may have executed the call: read as a refusal, an active agreement would be ended",
		agreementSilence,
	},
	{
		"the wallet notifies that an agreement was signed and that it was ended",
		"the client may disconnect before it hands in the code, and payers end agreements in the wallet's app",
		agreementNews,
	},
}

// agreementRequest is a request for a new agreement.
func (a *trial) agreementRequest() wallet.AgreementRequest {
	id := requestID()
	return wallet.AgreementRequest{
		Reference: id[len(id)-16:], Title: "Tea & cake", Description: "Tea every morning", Limit: a.money(100_000),
		Language: "en-US", NotifyURL: a.NotifyURL,
	}
}

// prepared returns the address at which a new agreement is signed, with the provider that can
// sign it.
func (a *trial) prepared() (wallet.Agreer, AgreementSigner, wallet.AgreementRequest, wallet.Action) {
	a.Helper()
	agreer := capability[wallet.Agreer](a)
	signer := farSide[AgreementSigner](a)
	req := a.agreementRequest()
	action, err := agreer.PrepareAgreement(a.Context(), req)
	a.must(err, "PrepareAgreement")
	a.canBeWritten(action)
	return agreer, signer, req, action
}

// signed returns an agreement of the user alice, and the code that it was exchanged for. Its
// tokens are secrets from then on.
func (a *trial) signed() (wallet.Agreer, wallet.Agreement, string) {
	a.Helper()
	agreer, signer, _, action := a.prepared()
	agreement, code := a.signs(agreer, signer, action)
	return agreer, agreement, code
}

// signs returns the agreement that the user alice signs at an action, and its code.
func (a *trial) signs(agreer wallet.Agreer, signer AgreementSigner, action wallet.Action) (wallet.Agreement, string) {
	a.Helper()
	code, err := signer.SignAgreement(a.Context(), action, "alice")
	a.can(err, "let a payer sign")
	agreement, err := agreer.SignAgreement(a.Context(), code)
	a.must(err, "SignAgreement")
	a.keepSecret(agreement)
	return agreement, code
}

// keepSecret adds an agreement's tokens to the texts that must not be printed.
func (a *trial) keepSecret(agreement wallet.Agreement) {
	a.Helper()
	for _, token := range []wallet.Token{agreement.Token, agreement.Refresh} {
		if token != "" {
			a.Secrets = append(slices.Clone(a.Secrets), string(token))
		}
	}
	a.holdsNoSecret("a printed agreement", fmt.Sprintf("%v %+v %#v", agreement, agreement, agreement))
}

// charge returns a request for a payment by an agreement.
func (a *trial) charge(agreement wallet.Agreement, minor int64) wallet.PaymentRequest {
	req := a.request(a.money(minor))
	req.Agreement, req.Payer = agreement.Token, agreement.Payer
	return req
}

func prepareHasAction(a *trial) {
	_, _, _, action := a.prepared()
	if action.Type == "" || action.URL == "" && action.PaymentURL == "" {
		a.wrong("the action to sign is %+v, want a type and an address", action)
	}
}

func signOnce(a *trial) {
	agreer, agreement, code := a.signed()
	if agreement.Token == "" || agreement.Payer.ID == "" {
		a.wrong("the agreement has a token: %t, and the payer %+v; want both", agreement.Token != "", agreement.Payer)
	}
	if !agreement.ExpiresAt.IsZero() && !agreement.ExpiresAt.After(a.Now()) {
		a.wrong("the token of a new agreement ended at %v", agreement.ExpiresAt)
	}
	for _, spent := range []string{code, "no-such-code", ""} {
		_, err := agreer.SignAgreement(a.Context(), spent)
		a.refusedConsent(err, "signing with a code that is used, unknown or empty")
	}
}

// refusedConsent checks that a code or a token is refused with certainty.
func (a *trial) refusedConsent(err error, doing string) {
	a.Helper()
	a.isKind(err, doing, fault.Unauthenticated, fault.Declined, fault.Invalid, fault.NotFound, fault.Expired, fault.Conflict, fault.Forbidden)
}

func renewReplaces(a *trial) {
	agreer, old, _ := a.signed()
	if old.Refresh == "" {
		a.Skip("the wallet's agreements are not renewed")
	}
	renewed, err := agreer.RenewAgreement(a.Context(), old)
	a.must(err, "RenewAgreement")
	a.keepSecret(renewed)
	if renewed.Token == "" || renewed.Token == old.Token || renewed.Refresh == old.Refresh {
		a.wrong("renewing gave a token: %t, another one: %t, another refresh token: %t; want all three",
			renewed.Token != "", renewed.Token != old.Token, renewed.Refresh != old.Refresh)
	}
	if renewed.Payer.ID != old.Payer.ID {
		a.wrong("the renewed agreement is of the payer %q, want %q", renewed.Payer.ID, old.Payer.ID)
	}
	_, err = agreer.RenewAgreement(a.Context(), old)
	a.refusedConsent(err, "renewing with the old refresh token")
	a.isDeclined(a.charge(old, 100), "charging by the old token")
	a.isCharged(a.charge(renewed, 100))
}

func endTwice(a *trial) {
	agreer, agreement, _ := a.signed()
	for _, time := range []string{"once", "twice"} {
		a.must(agreer.EndAgreement(a.Context(), agreement), "EndAgreement "+time)
	}
	a.isDeclined(a.charge(agreement, 100), "charging an ended agreement")
	if agreement.Refresh != "" {
		_, err := agreer.RenewAgreement(a.Context(), agreement)
		a.refusedConsent(err, "renewing an ended agreement")
	}
}

func chargeOnce(a *trial) {
	_, agreement, _ := a.signed()
	for _, trouble := range []Trouble{"", CutAfter} {
		req := a.charge(agreement, 1234)
		if trouble != "" {
			a.Line.Next(trouble)
			_, err := a.Wallet.CreatePayment(a.Context(), req)
			a.isKind(err, "CreatePayment by an agreement, line "+string(trouble), fault.Unknown)
			req.LastSentAt = a.Now()
		}
		for range 2 {
			a.isCharged(req)
		}
	}
}

// isCharged makes a payment by an agreement and checks that it is paid, by the wallet's answer
// or by a query, with no action for the payer.
func (a *trial) isCharged(req wallet.PaymentRequest) {
	a.Helper()
	payment, err := a.Wallet.CreatePayment(a.Context(), req)
	a.must(err, "CreatePayment by an agreement")
	a.canBeWritten(payment)
	if payment.Action != nil {
		a.wrong("the payer is sent to %+v, want no action", payment.Action)
	}
	a.sameMoney("the charged amount", payment.Amount, req.Amount)
	if payment.Status != wallet.Paid {
		payment, _ = a.query(payment.Ref)
	}
	if payment.Status != wallet.Paid {
		a.wrong("the charged payment is %q, want paid", payment.Status)
	}
	if books := a.books(wallet.Ref{RequestID: req.RequestID}); books.Payments != 1 || books.Captured != req.Amount {
		a.wrong("the provider has %d payments and captured %s, want 1 and %s", books.Payments, books.Captured, req.Amount)
	}
}

// isDeclined makes a payment by an invalid token and checks that nothing is captured.
func (a *trial) isDeclined(req wallet.PaymentRequest, doing string) {
	a.Helper()
	_, err := a.Wallet.CreatePayment(a.Context(), req)
	a.isKind(err, doing, fault.Declined)
	if captured := a.books(wallet.Ref{RequestID: req.RequestID}).Captured; captured.Positive() {
		a.wrong("%s: the provider captured %s, want nothing", doing, captured)
	}
}

func chargeRefused(a *trial) {
	agreer, agreement, _ := a.signed()
	a.isDeclined(a.charge(wallet.Agreement{Token: "no-such-token", Payer: agreement.Payer}, 100), "charging by a foreign token")
	if agreement.Refresh != "" {
		a.isDeclined(a.charge(wallet.Agreement{Token: agreement.Refresh, Payer: agreement.Payer}, 100), "charging by a refresh token")
	}
	a.must(agreer.EndAgreement(a.Context(), agreement), "EndAgreement")
	a.isDeclined(a.charge(agreement, 100), "charging an ended agreement")
}

func agreementSilence(a *trial) {
	agreer, agreement, code := a.signed()
	for doing, call := range map[string]func() error{
		"PrepareAgreement": func() error { _, err := agreer.PrepareAgreement(a.Context(), a.agreementRequest()); return err },
		"SignAgreement":    func() error { _, err := agreer.SignAgreement(a.Context(), code); return err },
		"RenewAgreement":   func() error { _, err := agreer.RenewAgreement(a.Context(), agreement); return err },
		"EndAgreement":     func() error { return agreer.EndAgreement(a.Context(), agreement) },
	} {
		a.Line.Next(Refuse)
		a.isKind(call(), doing+" without a connection", fault.Unavailable)
		for _, trouble := range []Trouble{CutBefore, CutAfter, ServerError, Garbage, Empty} {
			a.Line.Next(trouble)
			a.isKind(call(), doing+", line: "+string(trouble), fault.Unknown)
		}
	}
}

func agreementNews(a *trial) {
	notifier := capability[wallet.Notifier](a)
	agreer, signer, req, action := a.prepared()
	agreement, _ := a.signs(agreer, signer, action)
	a.can(signer.EndAgreement(a.Context(), agreement.Token), "let a payer end an agreement")
	deliveries, err := signer.AgreementNotifications(a.Context(), req.Reference)
	a.can(err, "notify of agreements")
	var signed, ended bool
	for _, d := range deliveries {
		notification, err := notifier.ParseNotification(a.Context(), d)
		a.must(err, "ParseNotification")
		a.distinct(notification.Events)
		for _, event := range notification.Events {
			reported := event.Agreement
			signed = signed || !reported.Ended && reported.Code != "" && reported.Reference == req.Reference
			ended = ended || reported.Ended && (reported.Token == agreement.Token || reported.Reference == req.Reference)
		}
	}
	if !signed || !ended {
		a.wrong("%d notifications report that it was signed: %t, and that it was ended: %t; want both", len(deliveries), signed, ended)
	}
	a.isDeclined(a.charge(agreement, 100), "charging what the payer has ended")
	a.must(agreer.EndAgreement(a.Context(), agreement), "EndAgreement of what the payer has ended")
}
