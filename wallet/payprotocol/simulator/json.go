package simulator

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"time"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) with(name string, value any) object { return append(o, member{name, value}) }

// put replaces a member's value at its place.
func (o object) put(name string, value any) {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
		}
	}
}

// drop removes a member.
func (o object) drop(name string) (left object) {
	for _, m := range o {
		if m.name != name {
			left = append(left, m)
		}
	}
	return left
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			text = append(text, ',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		text = append(fmt.Appendf(text, "%q:", m.name), value...)
	}
	return append(text, '}'), nil
}

// json returns the order as it is reported, with its status and the sums that belong to it.
func (o *order) json(orgID, status int, bend Fault) object {
	out := object{}.with("chainId", o.chain).with("orgId", orgID).with("outTradeNo", o.trade).with("outPaymentNo", o.number).
		with("description", o.description).with("isLegalTender", number(o.legal)).with("quoteCurrencySymbol", o.symbol).
		with("quoteAmount", o.quote).with("paymentStatus", status).with("paymentType", 1).with("expectedAmount", o.expected.String())
	received := o.settled
	if status != o.status {
		received = o.prior
	}
	if received != nil {
		out = out.with("settlementAmount", received.String()).with("settlementCurrencySymbol", o.paidIn.symbol).
			with("transferHash", o.hash).with("userWalletAddress", o.address).with("fromAddress", chainOf(o.chain).account).
			with("createTime", o.created.UTC().Format(time.DateTime)).with("blockTime", o.block.Unix())
	} else {
		out = out.with("userWalletAddress", o.address).with("createTime", o.created.UTC().Format(time.DateTime))
		if bend == NullMembers {
			out = out.with("settlementAmount", nil).with("settlementCurrencySymbol", nil).with("transferHash", nil).with("blockTime", nil)
		}
	}
	return distorted(out, "paymentStatus", []string{"quoteAmount", "expectedAmount", "settlementAmount"}, bend)
}

func (r *refund) json(status int, bend Fault) object {
	o := r.order
	out := object{}.with("refundId", r.id).with("chainId", o.paidIn.chain).with("currencyId", o.paidIn.id).with("outTradeNo", o.trade).
		with("outPaymentNo", o.number).with("refundStatus", status).with("refundAddress", r.address).
		with("refundAmount", r.units.String()).with("refundFee", fmt.Sprint(networkFee))
	if !r.ended.IsZero() {
		out = out.with("refundTime", r.ended.UTC().Format(time.DateTime)).with("transferHash", r.hash)
	}
	return distorted(out, "refundStatus", []string{"refundAmount"}, bend)
}

// distorted returns a report altered by a fault.
func distorted(o object, status string, amounts []string, bend Fault) object {
	switch bend {
	case StatusMissing:
		return o.drop(status)
	case StatusNull:
		o.put(status, nil)
	case StatusText:
		o.put(status, "0")
	case UnknownStatus:
		o.put(status, 7)
	case NumberAmounts:
		for _, name := range amounts {
			o.number(name)
		}
	case WrongAmount:
		o.more(amounts[0])
	case WrongCurrency:
		o.put("quoteCurrencySymbol", "TRX")
	case AmountMissing:
		return o.drop(amounts[0])
	case AmountHuge:
		o.put(amounts[0], "99999999999999999999999999")
	case TimeHuge:
		o.put("blockTime", int64(999_999_999_999_999))
	}
	return o
}

// number writes an amount without its quotes.
func (o object) number(name string) {
	for i := range o {
		if text, ok := o[i].value.(string); ok && o[i].name == name {
			o[i].value = json.RawMessage(text)
		}
	}
}

// more increments an amount in its last digit.
func (o object) more(name string) {
	for i := range o {
		text, ok := o[i].value.(string)
		if !ok || o[i].name != name {
			continue
		}
		amount, _ := new(big.Rat).SetString(text)
		o[i].value = amount.Add(amount, big.NewRat(1, 1)).FloatString(digitsBehind(text))
	}
}

func digitsBehind(decimal string) int {
	for i := range decimal {
		if decimal[i] == '.' {
			return len(decimal) - i - 1
		}
	}
	return 0
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (o *order) saltHash() string { return "0x" + hex.EncodeToString(o.salt[:]) }

func hashOf(n int) string { return fmt.Sprintf("%064x", n) }

// positive reads a decimal number above zero in plain notation.
func positive(text string) (*big.Rat, bool) {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '.' {
			return nil, false
		}
	}
	n, ok := new(big.Rat).SetString(text)
	return n, ok && n.Sign() > 0
}
