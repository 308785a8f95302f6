package simulator

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet"
)

// amount is money in a message. Its value is a string of minor units, or a number where a fault
// says so.
type amount struct {
	Currency wallet.Currency `json:"currency"`
	Value    jsontext.Value  `json:"value"`
}

func amountOf(m wallet.Money) *amount {
	return &amount{m.Currency, jsontext.Value(strconv.Quote(m.Value()))}
}

// money is the inverse of amountOf.
func (a *amount) money() wallet.Money {
	text, _ := strconv.Unquote(string(a.Value))
	m, _ := wallet.ParseMinor(a.Currency, text)
	return m
}

// reply is the union of what all endpoints answer; each fills its own members.
type reply struct {
	Result *result `json:"result,omitempty"`

	AccessToken        string    `json:"accessToken,omitempty"`
	AccessTokenExpiry  string    `json:"accessTokenExpiryTime,omitempty"`
	RefreshToken       string    `json:"refreshToken,omitempty"`
	RefreshTokenExpiry string    `json:"refreshTokenExpiryTime,omitempty"`
	CustomerID         string    `json:"customerId,omitempty"`
	AuthURL            string    `json:"authUrl,omitempty"`
	AuthURLCapital     string    `json:"authURL,omitempty"`
	AuthID             string    `json:"authId,omitempty"`
	AuthClientID       string    `json:"authClientId,omitempty"`
	UserInfo           *userInfo `json:"userInfo,omitempty"`

	PaymentID            string        `json:"paymentId,omitempty"`
	PaymentRequestID     string        `json:"paymentRequestId,omitempty"`
	ActionForm           *actionForm   `json:"actionForm,omitempty"`
	RedirectActionForm   *actionForm   `json:"redirectActionForm,omitempty"`
	NormalURL            string        `json:"normalUrl,omitempty"`
	SchemeURL            string        `json:"schemeUrl,omitempty"`
	ApplinkURL           string        `json:"applinkUrl,omitempty"`
	PaymentAmount        *amount       `json:"paymentAmount,omitempty"`
	PaymentStatus        string        `json:"paymentStatus,omitempty"`
	PaymentResult        *result       `json:"paymentResult,omitempty"`
	PaymentResultCode    string        `json:"paymentResultCode,omitempty"`
	PaymentResultMessage string        `json:"paymentResultMessage,omitempty"`
	PaymentFailReason    string        `json:"paymentFailReason,omitempty"`
	PaymentTime          string        `json:"paymentTime,omitempty"`
	PaymentCreateTime    string        `json:"paymentCreateTime,omitempty"`
	AuthExpiryTime       string        `json:"authExpiryTime,omitempty"`
	Transactions         []transaction `json:"transactions,omitempty"`
	CancelTime           string        `json:"cancelTime,omitempty"`

	CaptureID     string  `json:"captureId,omitempty"`
	CaptureAmount *amount `json:"captureAmount,omitempty"`
	CaptureTime   string  `json:"captureTime,omitempty"`
	VoidID        string  `json:"voidId,omitempty"`
	VoidTime      string  `json:"voidTime,omitempty"`

	RefundID         string  `json:"refundId,omitempty"`
	RefundAmount     *amount `json:"refundAmount,omitempty"`
	RefundStatus     string  `json:"refundStatus,omitempty"`
	RefundReason     string  `json:"refundReason,omitempty"`
	RefundFailReason string  `json:"refundFailReason,omitempty"`
	RefundTime       string  `json:"refundTime,omitempty"`
}

// actionForm is where the payer goes, in the profile's spelling.
type actionForm struct {
	ActionFormType string            `json:"actionFormType,omitempty"`
	Method         string            `json:"method,omitempty"`
	Parameters     map[string]string `json:"parameters,omitzero"`
	RedirectionURL string            `json:"redirectionUrl,omitempty"`
	RedirectURL    string            `json:"redirectUrl,omitempty"`
}

// transaction is one movement of a payment's money.
type transaction struct {
	ID     string  `json:"transactionId"`
	Type   string  `json:"transactionType"`
	Status string  `json:"transactionStatus"`
	Amount *amount `json:"transactionAmount"`
	Time   string  `json:"transactionTime"`
}

type userInfo struct {
	UserID   string    `json:"userId"`
	Status   string    `json:"status"`
	NickName string    `json:"nickName,omitempty"`
	UserName *userName `json:"userName,omitempty"`
}

type userName struct {
	FullName string `json:"fullName"`
}

// encode writes our own types, which always encode. Unlike encoding/json it leaves an
// ampersand in a URL as it is, as wallets do.
func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}
