package simulator

import (
	"fmt"
	"net/http"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// control offers fault injection, refund decisions and changes of paid payments over HTTP, for
// a developer's own machine.
func (p *Provider) control() *provider.Control {
	return &provider.Control{
		Faults: p.faults,
		Refuse: func(status int, err error) any { return refusalOf(status, err) },
		Actions: map[string]provider.Action{
			"POST refunds":  provider.Command(p.controlRefund),
			"POST payments": provider.Command(p.controlPayment),
		},
	}
}

// refusalOf returns an error of /control in the form of the protocol.
func refusalOf(status int, err error) *refusal {
	switch status {
	case http.StatusBadRequest, http.StatusMethodNotAllowed:
		return refuse("INVALID_REQUEST", err.Error())
	case http.StatusNotFound:
		return refuse("NOT_FOUND", err.Error())
	case http.StatusConflict:
		return refuse("INVALID_STATE", err.Error())
	}
	return refuse("INTERNAL", "the change could not be stored")
}

func accepted() map[string]string { return map[string]string{"code": "OK"} }

func (p *Provider) controlRefund(_ *http.Request, request string, input struct {
	Decision string `json:"decision"`
}) (any, error) {
	if input.Decision != "approve" && input.Decision != "reject" {
		return nil, fmt.Errorf("%w: decision must be approve or reject", provider.ErrCommand)
	}
	return accepted(), p.DecideRefund(request, input.Decision == "approve")
}

// controlPayment reverses a paid payment, or makes the payer pay it a second time.
func (p *Provider) controlPayment(_ *http.Request, name string, input struct {
	Action string `json:"action"`
}) (any, error) {
	switch input.Action {
	case "reverse":
		return accepted(), p.Reverse(name)
	case "second_charge":
		return accepted(), p.SecondCharge(name)
	}
	return nil, fmt.Errorf("%w: action must be reverse or second_charge", provider.ErrCommand)
}
