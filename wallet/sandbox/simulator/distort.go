package simulator

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Values that receivers cannot represent, or do not know.
const (
	hugeAmount  = "9223372036854775808"          // one more than an int64 holds
	hugeTime    = json.Number("253402300800000") // the first time of the year 10000
	unknownWord = "UNDER_REVIEW"                 // a status that is not documented
)

// queries are the calls that only read.
var queries = []string{queryPath, queryRefundPath}

// distortReply returns a query's answer, altered as the injected faults say.
func (p *Provider) distortReply(path string, a answer) answer {
	if !slices.Contains(queries, path) || !p.faults.Armed(reportFaults...) {
		return a
	}
	var content map[string]any
	switch body := a.body.(type) {
	case *paymentJSON:
		content = fields(body)
	case *refundJSON:
		content = fields(body)
	default:
		return a
	}
	if p.distort(path, content) {
		a.body = content
	}
	return a
}

// distortNews returns a notice, altered as the injected faults say.
func (p *Provider) distortNews(body []byte) []byte {
	if !p.faults.Armed(reportFaults...) {
		return body
	}
	notice := fields(json.RawMessage(body))
	for _, member := range []string{"payment", "refund"} {
		if content, there := notice[member].(map[string]any); there && p.distort(Notify, content) {
			return text(notice)
		}
	}
	return body
}

// distort alters the report of a payment or refund, where a rule says so.
func (p *Provider) distort(path string, content map[string]any) bool {
	rule := p.faults.Draw(path, func(r Rule) bool {
		return r.Fault != AmountMissing || content["status"] == paid.String()
	}, reportFaults...)
	switch rule.Fault {
	case AmountMissing:
		delete(content, "amount")
		delete(content, "captured")
	case AmountHuge:
		for _, name := range []string{"amount", "captured"} {
			if amount, there := content[name].(map[string]any); there {
				amount["value"] = hugeAmount
			}
		}
	case TimeHuge:
		content["updatedAt"] = hugeTime
	case UnknownStatus:
		content["status"] = unknownWord
	default:
		return false
	}
	return true
}

// withoutMerchantIDs removes the merchant's own ids from a notice.
func withoutMerchantIDs(body []byte) []byte {
	notice := fields(json.RawMessage(body))
	for _, member := range []string{"payment", "refund"} {
		if content, there := notice[member].(map[string]any); there {
			delete(content, "requestId")
			delete(content, "refundRequestId")
		}
	}
	return text(notice)
}

// fields returns the members of a value that is written as an object.
func fields(v any) map[string]any {
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(text(v)))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		panic(err) // our own types are objects
	}
	return members
}

func text(v any) []byte {
	written, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types always encode
	}
	return written
}
