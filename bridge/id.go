package bridge

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// OrderID identifies an order: "ord_" and 26 characters that sort by time. The ids of its
// payments and refunds, and the request ids that wallets see, are derived from it, so that
// any id a wallet sends back leads to the order by its primary key.
type OrderID string

const (
	orderPrefix     = "ord_"
	paymentPrefix   = "pay_"
	refundPrefix    = "rfd_"
	agreementPrefix = "agr_"
	ulidLength      = 26
)

// NewOrderID makes an id that cannot be guessed when random is the reader of crypto/rand.
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

// PaymentID returns the id of the order's nth payment, from 1: "pay_…-1".
func (id OrderID) PaymentID(n int) string {
	return paymentPrefix + id.core() + "-" + strconv.Itoa(n)
}

// RefundID returns the id of the order's nth refund, from 1: "rfd_…-1".
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

// AgreementID identifies an agreement: "agr_" and 26 characters that sort by time.
type AgreementID string

// NewAgreementID makes an id that cannot be guessed when random is the reader of
// crypto/rand.
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

// referenceLength is the longest reference that every wallet accepts.
const referenceLength = 16

// Reference returns the id under which a wallet knows the agreement: the random part of the
// id, 80 bits in 16 characters of [0-9A-Z].
func (id AgreementID) Reference() string { return string(id[len(id)-referenceLength:]) }

// OperationKind is what a request id is for. Each kind has a letter of its own, so that a
// request id never names two operations.
type OperationKind byte

// The kinds of operations that have request ids of their own.
const (
	OpPayment OperationKind = 'P'
	opCapture OperationKind = 'C'
	opVoid    OperationKind = 'V'
	OpRefund  OperationKind = 'R'
)

// RequestID returns the id under which a wallet knows the nth operation of an order: at most
// 32 characters of [0-9A-Z], the smallest alphabet and length of any wallet. epoch is the
// store's: a store that was restored from a backup may lack operations, and its epoch keeps
// the ids of its next ones apart from theirs.
func (id OrderID) RequestID(op OperationKind, n, epoch int) string {
	s := id.core() + string(rune(op)) + strconv.Itoa(n)
	if epoch > 0 {
		s += string(rune('A' + epoch - 1))
	}
	return s
}

// MaxEpoch bounds the restores of a store: request ids have room for no more.
const MaxEpoch = 26

// ParseRequestID is the inverse of RequestID; it drops the epoch.
func ParseRequestID(s string) (id OrderID, op OperationKind, n int, ok bool) {
	if len(s) < ulidLength+2 || !isULID(s[:ulidLength]) {
		return "", 0, 0, false
	}
	number := s[ulidLength+1:]
	if last := number[len(number)-1]; last >= 'A' && last <= 'Z' {
		number = number[:len(number)-1]
	}
	op = OperationKind(s[ulidLength])
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
