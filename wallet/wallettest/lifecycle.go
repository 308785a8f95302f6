package wallettest

import (
	"sync"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var choices = []question{
	{
		"choosing a method leads to an action",
		"a payer who has chosen needs an action",
		choosing,
	},
}

var queries = []question{
	{
		"a query returns the payment's status",
		"without a single notification an order must still end",
		queryReports,
	},
	{
		"a query for an unknown payment is NotFound",
		"an order whose payment never reached the wallet must end too",
		queryUnknown,
	},
	{
		"a query that gets no answer changes nothing",
		"without an answer, querying again later is the only safe conclusion",
		querySilence,
	},
}

var cancels = []question{
	{
		"a canceled payment is canceled, however often",
		"the reconciler may cancel what another node has canceled",
		cancelTwice,
	},
	{
		"canceling a paid payment answers paid",
		"the payer paid first, and captured money always counts",
		cancelPaid,
	},
	{
		"paying and canceling at the same time end in one status",
		"the wallet's answer must agree with the provider's records",
		cancelRace,
	},
}

var holds = []question{
	{
		"an authorization is captured, at most for its amount",
		"the payer did not agree to more",
		capturing,
	},
	{
		"an authorization is captured in part",
		"the merchant ships less than was ordered",
		capturingPart,
	},
	{
		"an authorization is voided",
		"a payer's money must not stay blocked for an order that will not be shipped",
		voiding,
	},
}

func choosing(a *trial) {
	chooser := capability[wallet.Chooser](a)
	payment, err := a.Wallet.CreatePayment(a.Context(), a.request(a.money(1234)))
	a.must(err, "CreatePayment")
	if payment.Action == nil || payment.Action.Type != wallet.ActionChooseMethod {
		a.Skip("this account of the wallet offers no methods")
	}
	for _, method := range payment.Action.Methods {
		chosen, err := chooser.ChoosePayment(a.Context(), wallet.ChooseRequest{Payment: payment.Ref, Method: method.ID})
		a.must(err, "ChoosePayment "+method.ID)
		if chosen.Action == nil || chosen.Action.Type == wallet.ActionChooseMethod {
			a.wrong("the action for %s: got %+v, want somewhere to go", method.ID, chosen.Action)
		}
	}
	_, err = chooser.ChoosePayment(a.Context(), wallet.ChooseRequest{Payment: payment.Ref, Method: "no-such-method"})
	a.isKind(err, "choosing what was not offered", fault.Invalid, fault.Declined, fault.NotFound, fault.Conflict)
}

func queryReports(a *trial) {
	capability[wallet.Querier](a)
	wants := map[Outcome]wallet.Status{"": wallet.Pending, Pay: wallet.Paid, Decline: a.Declined}
	for _, outcome := range []Outcome{"", Pay, Decline} {
		want := wants[outcome]
		payment := a.create(a.request(a.money(1234)))
		if outcome != "" {
			a.settle(payment.Ref, outcome)
		}
		got, _ := a.query(wallet.Ref{RequestID: payment.RequestID})
		if got.RequestID != payment.RequestID {
			a.wrong("after %q the answer names %q, want %q", outcome, got.RequestID, payment.RequestID)
		}
		if got.Status != want {
			a.wrong("after %q the status is %q, want %q", outcome, got.Status, want)
		}
	}
}

func queryUnknown(a *trial) {
	querier := capability[wallet.Querier](a)
	_, err := querier.QueryPayment(a.Context(), wallet.Ref{RequestID: requestID()})
	a.isKind(err, "QueryPayment of what was never created", fault.NotFound)
}

func querySilence(a *trial) {
	querier := capability[wallet.Querier](a)
	payment := a.create(a.request(a.money(1234)))
	for _, trouble := range []Trouble{Refuse, CutAfter, ServerError, Garbage} {
		a.Line.Next(trouble)
		_, err := querier.QueryPayment(a.Context(), payment.Ref)
		a.isKind(err, "QueryPayment, line: "+string(trouble), fault.Unknown, fault.Unavailable)
	}
}

func cancelTwice(a *trial) {
	canceler := capability[wallet.Canceler](a)
	payment := a.create(a.request(a.money(1234)))
	for range 2 {
		got, err := canceler.Cancel(a.Context(), payment.Ref)
		a.must(err, "Cancel")
		if got.Status != wallet.Canceled {
			a.wrong("the canceled payment is %q, want canceled", got.Status)
		}
	}
}

func cancelPaid(a *trial) {
	canceler := capability[wallet.Canceler](a)
	payment := a.paid(a.request(a.money(1234)))
	got, err := canceler.Cancel(a.Context(), payment.Ref)
	a.must(err, "Cancel")
	if got.Status != wallet.Paid {
		a.wrong("the paid payment is %q after Cancel, want paid", got.Status)
	}
}

func cancelRace(a *trial) {
	canceler := capability[wallet.Canceler](a)
	for range 8 {
		payment := a.create(a.request(a.money(1234)))
		var both sync.WaitGroup
		var err error
		both.Go(func() { _ = a.Provider.Settle(a.Context(), payment.Ref, Pay) })
		both.Go(func() { _, err = canceler.Cancel(a.Context(), payment.Ref) })
		both.Wait()
		a.must(err, "Cancel")
		got, err := canceler.Cancel(a.Context(), payment.Ref)
		a.must(err, "Cancel")
		want := wallet.Canceled
		if a.books(payment.Ref).Captured.Positive() {
			want = wallet.Paid
		}
		if got.Status != want {
			a.wrong("the wallet says %q, the provider's books %q", got.Status, want)
		}
	}
}

// held opens a payment that is authorized and not captured.
func (a *trial) held(minor int64) wallet.Payment {
	a.Helper()
	if !a.Hold {
		a.Skip("the provider cannot hold money")
	}
	req := a.request(a.money(minor))
	req.Hold = true
	payment := a.paid(req)
	if got, ok := a.query(payment.Ref); ok && got.Status != wallet.Authorized {
		a.wrong("the held payment is %q, want authorized", got.Status)
	}
	if got := a.books(payment.Ref).Captured; got.Positive() {
		a.wrong("the provider captured %s of held money", got)
	}
	a.wantNoPaidEvent(payment.Ref)
	return payment
}

// wantNoPaidEvent checks that no notification reports an authorized payment as paid.
func (a *trial) wantNoPaidEvent(ref wallet.Ref) {
	a.Helper()
	notifier, ok := wallet.As[wallet.Notifier](a.Wallet)
	all, err := a.Provider.Notifications(a.Context(), ref)
	if !ok || err != nil {
		return
	}
	for _, d := range all {
		notification, err := notifier.ParseNotification(a.Context(), d)
		a.must(err, "ParseNotification")
		for _, event := range notification.Events {
			if event.Payment.Status == wallet.Paid && !notification.Confirm {
				a.wrong("the news of held money says paid, want authorized, or Confirm")
			}
		}
	}
}

func capturing(a *trial) {
	capturer := capability[wallet.Capturer](a)
	payment := a.held(1234)
	tooMuch := wallet.CaptureRequest{RequestID: requestID(), Payment: payment.Ref, Amount: a.money(1235)}
	_, err := capturer.Capture(a.Context(), tooMuch)
	a.isKind(err, "capturing more than is held", fault.Invalid, fault.Declined, fault.Conflict)
	all := wallet.CaptureRequest{RequestID: requestID(), Payment: payment.Ref, Amount: a.money(1234)}
	a.captures(capturer, all)
	a.captures(capturer, all)
}

func (a *trial) captures(capturer wallet.Capturer, req wallet.CaptureRequest) {
	a.Helper()
	got, err := capturer.Capture(a.Context(), req)
	a.must(err, "Capture")
	if got.Status != wallet.Paid {
		a.wrong("the captured payment is %q, want paid", got.Status)
	}
	a.sameMoney("Captured", got.Captured, req.Amount)
	if captured := a.books(req.Payment).Captured; captured != req.Amount {
		a.wrong("the provider captured %s, want %s", captured, req.Amount)
	}
}

func capturingPart(a *trial) {
	capturer := capability[wallet.Capturer](a)
	payment := a.held(1234)
	a.captures(capturer, wallet.CaptureRequest{RequestID: requestID(), Payment: payment.Ref, Amount: a.money(1000)})
	got, ok := a.query(payment.Ref)
	if !ok {
		return
	}
	if got.Captured != a.money(1000) {
		a.wrong("the query says captured %s of %s, want %s", got.Captured, got.Amount, a.money(1000))
	}
}

func voiding(a *trial) {
	voider := capability[wallet.Voider](a)
	payment := a.held(1234)
	req := wallet.VoidRequest{RequestID: requestID(), Payment: payment.Ref}
	for range 2 {
		got, err := voider.Void(a.Context(), req)
		a.must(err, "Void")
		if got.Status != wallet.Voided && got.Status != wallet.Canceled {
			a.wrong("the voided payment is %q, want voided", got.Status)
		}
	}
	if captured := a.books(payment.Ref).Captured; captured.Positive() {
		a.wrong("the provider captured %s of voided money", captured)
	}
	if capturer, ok := wallet.As[wallet.Capturer](a.Wallet); ok {
		late := wallet.CaptureRequest{RequestID: requestID(), Payment: payment.Ref, Amount: a.money(1)}
		_, err := capturer.Capture(a.Context(), late)
		a.isKind(err, "capturing what was released", fault.Conflict, fault.Declined, fault.Invalid)
	}
}
