package miniprogram

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The paths of the calls below the version; those that differ are in the profile.
const (
	pathPay           = "payments/pay"
	pathInquiry       = "payments/inquiryPayment"
	pathCancel        = "payments/cancel"
	pathCapture       = "payments/capture"
	pathInquiryRefund = "payments/inquiryRefund"
	pathApplyToken    = "authorizations/applyToken"
	pathPrepare       = "authorizations/prepare"
)

// maxToken bounds a token of the wallet.
const maxToken = 4096

var errTooMuch = fmt.Errorf("%w: an amount has too many digits", wire.ErrMalformed)

// resultJSON is the result of a call. The message is for people, and not kept.
type resultJSON struct {
	Status string `json:"resultStatus"`
	Code   string `json:"resultCode"`
}

// status returns the result's letter. One document of the family prints R where all others have
// A.
func (r resultJSON) status() string {
	if r.Status == "R" {
		return accepted
	}
	return r.Status
}

// The letters of a result.
const (
	success  = "S"
	accepted = "A"
	failed   = "F"
	unclear  = "U"
)

// amountJSON is an amount in a message. The value is text everywhere but at one wallet, whose
// guide shows numbers.
type amountJSON struct {
	Currency wallet.Currency `json:"currency"`
	Value    wire.Literal    `json:"value"`
}

// mostDigits is the longest value.
const mostDigits = 16

// money reads an amount; an absent one is zero. Anything but digits is refused: signs,
// fractions, exponents, blanks.
func (a *amountJSON) money() (wallet.Money, error) {
	if a == nil {
		return wallet.Money{}, nil
	}
	digits := string(a.Value)
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(a.Currency) > mostDigits {
		return wallet.Money{}, fmt.Errorf("%w: an amount", wire.ErrMalformed)
	}
	if len(digits) > mostDigits {
		return wallet.Money{}, errTooMuch
	}
	m, err := wallet.ParseMinor(a.Currency, digits)
	if err != nil {
		return wallet.Money{}, fmt.Errorf("%w: an amount: %w", wire.ErrMalformed, err)
	}
	return m, nil
}

// beyond reports whether the amount is digits, more than are ever paid.
func (a *amountJSON) beyond() bool {
	_, err := a.money()
	return errors.Is(err, errTooMuch)
}

type formJSON struct {
	RedirectionURL string `json:"redirectionUrl"`
	RedirectURL    string `json:"redirectUrl"`
}

// payJSON is the answer to pay, with all spellings of where the payer goes.
type payJSON struct {
	Result             resultJSON  `json:"result"`
	PaymentID          string      `json:"paymentId"`
	PaymentRequestID   string      `json:"paymentRequestId"`
	PaymentAmount      *amountJSON `json:"paymentAmount"`
	PaymentTime        string      `json:"paymentTime"`
	RedirectActionForm formJSON    `json:"redirectActionForm"`
	ActionForm         formJSON    `json:"actionForm"`
	RedirectURL        string      `json:"redirectUrl"`
	NormalURL          string      `json:"normalUrl"`

	unproven bool
}

// url returns the first address that is present, byte for byte as the wallet wrote it.
func (p *payJSON) url() string {
	return cmp.Or(p.RedirectActionForm.RedirectionURL, p.RedirectActionForm.RedirectURL,
		p.ActionForm.RedirectionURL, p.ActionForm.RedirectURL, p.RedirectURL, p.NormalURL)
}

// paymentJSON is a payment in inquiries and notifications.
type paymentJSON struct {
	Result            resultJSON        `json:"result"`
	PaymentID         string            `json:"paymentId"`
	PaymentRequestID  string            `json:"paymentRequestId"`
	PaymentAmount     *amountJSON       `json:"paymentAmount"`
	PaymentTime       string            `json:"paymentTime"`
	PaymentStatus     string            `json:"paymentStatus"`
	PaymentResult     *resultJSON       `json:"paymentResult"`
	PaymentResultCode string            `json:"paymentResultCode"`
	PaymentFailReason string            `json:"paymentFailReason"`
	FailureReason     string            `json:"failureReason"`
	AuthExpiryTime    string            `json:"authExpiryTime"`
	Transactions      []transactionJSON `json:"transactions"`

	unproven bool
}

// transactionJSON is one movement of money inside a payment.
type transactionJSON struct {
	Type   string      `json:"transactionType"`
	Status string      `json:"transactionStatus"`
	Amount *amountJSON `json:"transactionAmount"`
}

// refundJSON is a refund in answers and notifications.
type refundJSON struct {
	Result           resultJSON  `json:"result"`
	RefundID         string      `json:"refundId"`
	RefundRequestID  string      `json:"refundRequestId"`
	PaymentID        string      `json:"paymentId"`
	PaymentRequestID string      `json:"paymentRequestId"`
	RefundStatus     string      `json:"refundStatus"`
	RefundResult     *resultJSON `json:"refundResult"`
	RefundAmount     *amountJSON `json:"refundAmount"`
	RefundTime       string      `json:"refundTime"`
	RefundFailReason string      `json:"refundFailReason"`
}

type captureJSON struct {
	Result        resultJSON  `json:"result"`
	CaptureAmount *amountJSON `json:"captureAmount"`
	CaptureTime   string      `json:"captureTime"`
}

// doneJSON is the answer to calls that return nothing but their result.
type doneJSON struct {
	Result resultJSON `json:"result"`
}

type tokenJSON struct {
	Result             resultJSON `json:"result"`
	AccessToken        string     `json:"accessToken"`
	AccessTokenExpiry  string     `json:"accessTokenExpiryTime"`
	RefreshToken       string     `json:"refreshToken"`
	RefreshTokenExpiry string     `json:"refreshTokenExpiryTime"`
	CustomerID         string     `json:"customerId"`
}

type userJSON struct {
	Result   resultJSON `json:"result"`
	UserInfo struct {
		UserID   string `json:"userId"`
		NickName string `json:"nickName"`
		UserName struct {
			FullName string `json:"fullName"`
		} `json:"userName"`
	} `json:"userInfo"`
}

// prepareJSON is where the payer signs, in both spellings.
type prepareJSON struct {
	Result   resultJSON `json:"result"`
	AuthURL  string     `json:"authUrl"`
	AuthURL2 string     `json:"authURL"`
}

// answer is the part that all answers have.
type answer interface{ result() resultJSON }

// notProven marks unsigned answers about payments.
func (p *payJSON) notProven()     { p.unproven = true }
func (p *paymentJSON) notProven() { p.unproven = true }

func (p *payJSON) result() resultJSON     { return p.Result }
func (p *paymentJSON) result() resultJSON { return p.Result }
func (r *refundJSON) result() resultJSON  { return r.Result }
func (c *captureJSON) result() resultJSON { return c.Result }
func (d *doneJSON) result() resultJSON    { return d.Result }
func (t *tokenJSON) result() resultJSON   { return t.Result }
func (u *userJSON) result() resultJSON    { return u.Result }
func (p *prepareJSON) result() resultJSON { return p.Result }
