package bridge

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// OrderID names an order: "ord_" and 26 characters that sort by time. The ids of its
// payments and refunds, and the request ids that wallets see, are all derived from
// it, so that whatever a wallet sends back leads to the order by its primary key.
type OrderID string

const (
	orderPrefix     = "ord_"
	paymentPrefix   = "pay_"
	refundPrefix    = "rfd_"
	agreementPrefix = "agr_"
	ulidLength      = 26
)

// NewOrderID makes an id that nobody can guess, where random is crypto/rand's reader.
func NewOrderID(now time.Time, random io.Reader) (OrderID, error) {
	id, err := ulid.New(ulid.Timestamp(now), random)
	if err != nil {
		return "", err
	}
	return OrderID(orderPrefix + id.String()), nil
}

// ParseOrderID returns s as an order's id when it has the form of one.
func ParseOrderID(s string) (OrderID, bool) {
	core, ok := strings.CutPrefix(s, orderPrefix)
	if !ok || !isULID(core) {
		return "", false
	}
	return OrderID(s), true
}

func isULID(s string) bool {
	if len(s) != ulidLength || s[0] > '7' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z' || c == 'I' || c == 'L' || c == 'O' || c == 'U') {
			return false
		}
	}
	return true
}

func (id OrderID) core() string { return strings.TrimPrefix(string(id), orderPrefix) }

// PaymentID is the id of the order's nth payment, from 1: "pay_…-1".
func (id OrderID) PaymentID(n int) string {
	return paymentPrefix + id.core() + "-" + strconv.Itoa(n)
}

// RefundID is the id of the order's nth refund, from 1: "rfd_…-1".
func (id OrderID) RefundID(n int) string {
	return refundPrefix + id.core() + "-" + strconv.Itoa(n)
}

// ParseRefundID splits the id of a refund into its order and its number.
func ParseRefundID(s string) (OrderID, int, bool) {
	core, number, found := strings.Cut(strings.TrimPrefix(s, refundPrefix), "-")
	n, ok := parseNumber(number)
	if !found || !ok || !isULID(core) || s != refundPrefix+core+"-"+number {
		return "", 0, false
	}
	return OrderID(orderPrefix + core), n, true
}

// AgreementID names an agreement: "agr_" and 26 characters that sort by time.
type AgreementID string

func NewAgreementID(now time.Time, random io.Reader) (AgreementID, error) {
	id, err := ulid.New(ulid.Timestamp(now), random)
	if err != nil {
		return "", err
	}
	return AgreementID(agreementPrefix + id.String()), nil
}

// ParseAgreementID returns s as an agreement's id when it has the form of one.
func ParseAgreementID(s string) (AgreementID, bool) {
	core, ok := strings.CutPrefix(s, agreementPrefix)
	if !ok || !isULID(core) {
		return "", false
	}
	return AgreementID(s), true
}

// referenceLength is the most that any wallet takes.
const referenceLength = 16

// Reference is what a wallet knows the agreement by: the id without its time, 80 bits
// of chance in 16 characters of [0-9A-Z].
func (id AgreementID) Reference() string { return string(id[len(id)-referenceLength:]) }

// operation is what a request id asks a wallet to do. Each has a letter of its own,
// so that a request id means one thing for ever.
type operation byte

const (
	OpPayment operation = 'P'
	opCapture operation = 'C'
	opVoid    operation = 'V'
	OpRefund  operation = 'R'
)

// RequestID is what a wallet knows the nth operation of an order by: at most 32
// characters of [0-9A-Z], the tightest alphabet and length of any wallet. epoch is the
// store's: a store that was restored from a backup may have forgotten operations, and
// numbers its next ones apart from them.
func (id OrderID) RequestID(op operation, n, epoch int) string {
	s := id.core() + string(rune(op)) + strconv.Itoa(n)
	if epoch > 0 {
		s += string(rune('A' + epoch - 1))
	}
	return s
}

// MaxEpoch is the most restores that request ids have room for.
const MaxEpoch = 26

// ParseRequestID is the inverse of requestID.
func ParseRequestID(s string) (id OrderID, op operation, n int, ok bool) {
	if len(s) < ulidLength+2 || !isULID(s[:ulidLength]) {
		return "", 0, 0, false
	}
	number := s[ulidLength+1:]
	if last := number[len(number)-1]; last >= 'A' && last <= 'Z' {
		number = number[:len(number)-1]
	}
	op = operation(s[ulidLength])
	n, ok = parseNumber(number)
	if !ok || !strings.ContainsRune("PCVR", rune(op)) {
		return "", 0, 0, false
	}
	return OrderID(orderPrefix + s[:ulidLength]), op, n, true
}

// parseNumber reads 1 to 9999 without leading zeros.
func parseNumber(s string) (int, bool) {
	if s == "" || len(s) > 4 || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// SealContext is what a sealed token belongs to: it opens in no other place.
func (id AgreementID) SealContext(kind string) string {
	return "agreement\x00" + string(id) + "\x00" + kind
}
