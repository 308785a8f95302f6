package payprotocol

import (
	"cmp"
	"encoding/json"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The calls, below the base URL.
const (
	pathCreate       = "/payment/createPaymentOrder"
	pathDetail       = "/payment/detail"
	pathList         = "/payment/list"
	pathInfo         = "/payment/payInfo"
	pathUpdate       = "/payment/payInfo/update"
	pathNotify       = "/payment/notify"
	pathRefund       = "/refund/createRefundOrder"
	pathRefundDetail = "/refund/detail"
	pathRefundList   = "/refund/list"
	pathRefundNotify = "/refund/notify"
	pathChains       = "/conf/list/chain"
	pathCurrencies   = "/conf/list/currency"
	mostDescription  = 128
	mostOrderNumber  = 64
	mostFiatDigits   = 2
)

// encodeCreate returns the body of createPaymentOrder. It depends on the request and the
// settings alone, so that a repeat has the same bytes.
func (w *Wallet) encodeCreate(req wallet.PaymentRequest, chain int64) []byte {
	legal := int64(1)
	if isToken(req.Amount.Currency) {
		legal = 0
	}
	return wire.NewObject().Int("chainId", chain).
		Text("description", wire.Truncate(cmp.Or(req.Description, req.Order, req.RequestID), mostDescription)).
		Int("isLegalTender", legal).
		Text("notifyUrl", req.NotifyURL).
		Text("outTradeNo", req.RequestID).
		Text("quoteAmount", wire.Major(req.Amount).String()).
		Text("quoteCurrencySymbol", string(req.Amount.Currency)).
		Text("redirectionUrl", req.ReturnURL).
		Text("tagName", w.tagName).End()
}

// envelopeJSON is the form of every answer. Its texts are for people and in several languages.
type envelopeJSON struct {
	Code wire.Literal    `json:"code"`
	Data json.RawMessage `json:"data"`
}

type openedJSON struct {
	OutPaymentNo string `json:"outPaymentNo"`
	PaymentURL   string `json:"paymentUrl"`
	addressJSON
}

// addressJSON is where the payer sends tokens, with the parts that prove it.
type addressJSON struct {
	UserWalletAddress string `json:"userWalletAddress"`
	SaltHash          string `json:"saltHash"`
}

type infoJSON struct {
	CountDown wire.Literal `json:"countDown"`
	addressJSON
}

// orderJSON is a payment, in answers and in callbacks.
type orderJSON struct {
	ChainID                  wire.Literal `json:"chainId"`
	OutTradeNo               string       `json:"outTradeNo"`
	OutPaymentNo             string       `json:"outPaymentNo"`
	IsLegalTender            wire.Literal `json:"isLegalTender"`
	QuoteCurrencySymbol      string       `json:"quoteCurrencySymbol"`
	QuoteAmount              wire.Literal `json:"quoteAmount"`
	PaymentStatus            number       `json:"paymentStatus"`
	ExpectedAmount           wire.Literal `json:"expectedAmount"`
	SettlementAmount         wire.Literal `json:"settlementAmount"`
	SettlementCurrencySymbol string       `json:"settlementCurrencySymbol"`
	TransferHash             string       `json:"transferHash"`
	BlockTime                wire.Literal `json:"blockTime"`
}

// refundJSON is a refund, in answers and in callbacks.
type refundJSON struct {
	RefundID     wire.Literal `json:"refundId"`
	ChainID      wire.Literal `json:"chainId"`
	CurrencyID   wire.Literal `json:"currencyId"`
	OutTradeNo   string       `json:"outTradeNo"`
	OutPaymentNo string       `json:"outPaymentNo"`
	RefundStatus number       `json:"refundStatus"`
	RefundAmount wire.Literal `json:"refundAmount"`
	RefundFee    wire.Literal `json:"refundFee"`
}

// pageJSON is one page of a list.
type pageJSON[T any] struct {
	Count wire.Literal `json:"count"`
	List  []T          `json:"list"`
}

// number is a status that is written as a number: success is 0, and neither an absent member
// nor text may be taken for it. Any other value keeps its spelling, for people.
type number string

// UnmarshalJSON reads any value.
func (n *number) UnmarshalJSON(text []byte) error {
	if string(text) != "null" {
		*n = number(text)
	}
	return nil
}
