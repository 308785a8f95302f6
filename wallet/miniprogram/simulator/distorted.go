package simulator

import (
	"cmp"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet"
)

// instead returns the answer of a fault that executes nothing; nil for other faults.
func instead(r Rule) *result {
	const limited = "REQUEST_TRAFFIC_EXCEED_LIMIT"
	switch r.Fault {
	case LimitFailed:
		return refuse(limited, "too many requests")
	case LimitUnknown:
		return unknownResult(limited, "too many requests")
	case UnknownUntouched:
		return unknownResult("UNKNOWN_EXCEPTION", "the outcome is not known")
	case Refused:
		return refuse(cmp.Or(r.Code, "RISK_REJECT"), "the request was refused")
	case NotThereYet:
		return noOrder()
	}
	return nil
}

// distorted returns the altered answer of a wallet that reports wrong values.
func (r *reply) distorted(fault Fault) *reply {
	out := *r
	switch fault {
	case NoResult:
		out.Result = nil
	case UnknownOutcome:
		return unknownResult("UNKNOWN_EXCEPTION", "the outcome is not known").reply()
	case AcceptedAsR, AcceptedAsU:
		out.Result = acceptedAs(r.Result, fault)
	case OtherRedirect:
		out.ActionForm, out.RedirectActionForm = r.ActionForm.other(), r.RedirectActionForm.other()
	}
	for _, sum := range []**amount{&out.PaymentAmount, &out.CaptureAmount, &out.RefundAmount} {
		*sum = (*sum).distorted(fault)
	}
	return &out
}

func acceptedAs(r *result, fault Fault) *result {
	switch {
	case r.Status != statusAccepted:
		return r
	case fault == AcceptedAsU:
		return unknownResult("PAYMENT_IN_PROCESS", "the payment is not finished")
	}
	return &result{r.Code, "R", r.Message}
}

// other returns the form with its URL in the other of the two spellings.
func (f *actionForm) other() *actionForm {
	if f == nil {
		return nil
	}
	out := *f
	out.RedirectURL, out.RedirectionURL = f.RedirectionURL, f.RedirectURL
	return &out
}

// distorted returns an amount as altered by a fault.
func (a *amount) distorted(fault Fault) *amount {
	if a == nil {
		return nil
	}
	money := a.money()
	switch fault {
	case WrongAmount:
		money.Minor++
	case WrongCurrency:
		money.Currency = otherCurrency(money.Currency)
	case NumberAmounts:
		return &amount{money.Currency, jsontext.Value(money.Value())}
	}
	return amountOf(money)
}

func otherCurrency(c wallet.Currency) wallet.Currency {
	if c == "EUR" {
		return "USD"
	}
	return "EUR"
}
