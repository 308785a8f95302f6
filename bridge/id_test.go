package bridge

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"
)

func TestIDsLeadBackToTheirOrder(t *testing.T) {
	id, err := NewOrderID(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := ParseOrderID(string(id)); !ok || got != id {
		t.Errorf("ParseOrderID(%q) = %q, %v", id, got, ok)
	}
	for _, op := range []OperationKind{OpPayment, opCapture, opVoid, OpRefund} {
		request := id.RequestID(op, 9999, MaxEpoch)
		if len(request) > 32 || strings.Trim(request, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Errorf("%q is not 32 characters of [0-9A-Z] at most", request)
		}
		order, gotOp, n, ok := ParseRequestID(request)
		if !ok || order != id || gotOp != op || n != 9999 {
			t.Errorf("parseRequestID(%q) = %q, %c, %d, %v", request, order, gotOp, n, ok)
		}
	}
	if order, n, ok := ParseRefundID(id.RefundID(12)); !ok || order != id || n != 12 {
		t.Errorf("ParseRefundID(%q) = %q, %d, %v", id.RefundID(12), order, n, ok)
	}
}

func TestAnAgreementIsKnownToItsWalletByAReference(t *testing.T) {
	id, err := NewAgreementID(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := ParseAgreementID(string(id)); !ok || got != id {
		t.Errorf("ParseAgreementID(%q) = %q, %v", id, got, ok)
	}
	reference := id.Reference()
	if len(reference) != 16 || strings.Trim(reference, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || !strings.HasSuffix(string(id), reference) {
		t.Errorf("%q is not the 16 characters of %q that are chance", reference, id)
	}
}

func FuzzIDs(f *testing.F) {
	id := OrderID("ord_01JZZZZZZZZZZZZZZZZZZZZZZZ")
	for _, s := range []string{string(id), id.RequestID(OpRefund, 3, 0), id.RequestID(OpRefund, 3, 2), id.PaymentID(1), id.RefundID(2), "agr_01JZZZZZZZZZZZZZZZZZZZZZZZ", "", "ord_", "01P1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := ParseOrderID(s); ok && string(id) != s {
			t.Errorf("%q is read as order %q", s, id)
		}
		if id, ok := ParseAgreementID(s); ok && (string(id) != s || len(id.Reference()) != 16) {
			t.Errorf("%q is read as agreement %q", s, id)
		}
		id, op, n, ok := ParseRequestID(s)
		plain := id.RequestID(op, n, 0)
		if epoch, found := strings.CutPrefix(s, plain); ok && (!found || len(epoch) > 1 || strings.Trim(epoch, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
			t.Errorf("%q is read as request %q", s, plain)
		}
		if id, n, ok := ParseRefundID(s); ok && id.RefundID(n) != s {
			t.Errorf("%q is read as refund %q", s, id.RefundID(n))
		}
	})
}
