package sandbox_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// paidNews is news of a payment with these members.
func paidNews(event, members string) string {
	return `{"eventId":"` + event + `","type":"payment","payment":{` + members + `}}`
}

const paidMembers = `"paymentId":"sp_1","requestId":"R","status":"PAID","amount":{"currency":"USD","value":"1234"},"updatedAt":1763640000000`

func TestNewsMayNameThePaymentOrRefundByEitherId(t *testing.T) {
	for _, c := range []struct {
		name, body string
		payment    wallet.Ref
		refund     wallet.RefundRef
	}{
		{
			name: "a payment by both", body: paidNews("e", paidMembers),
			payment: wallet.Ref{RequestID: "R", PaymentID: "sp_1"},
		},
		{
			name: "a payment by the provider's id", body: paidNews("e", strings.Replace(paidMembers, `"requestId":"R",`, "", 1)),
			payment: wallet.Ref{PaymentID: "sp_1"},
		},
		{
			name: "a payment by ours", body: paidNews("e", strings.Replace(paidMembers, `"paymentId":"sp_1",`, "", 1)),
			payment: wallet.Ref{RequestID: "R"},
		},
		{
			name:   "a refund by the provider's id",
			body:   `{"eventId":"e","type":"refund","refund":{"refundId":"sr_1","paymentId":"sp_1","status":"SUCCEEDED"}}`,
			refund: wallet.RefundRef{RefundID: "sr_1", Payment: wallet.Ref{PaymentID: "sp_1"}},
		},
		{
			name:   "a refund by ours",
			body:   `{"eventId":"e","type":"refund","refund":{"refundRequestId":"RR","status":"SUCCEEDED"}}`,
			refund: wallet.RefundRef{RequestID: "RR"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := sandbox.News([]byte(c.body))
			if err != nil || len(got) != 1 || got[0].Payment.Ref != c.payment || got[0].Refund.RefundRef != c.refund {
				t.Errorf("got %+v and %v, want %+v %+v", got, err, c.payment, c.refund)
			}
		})
	}
}

func TestNewsThatNamesNoPaymentOrRefundIsInvalid(t *testing.T) {
	for name, body := range map[string]string{
		"a payment without ids":      paidNews("e", `"status":"PAID"`),
		"a refund without ids":       `{"eventId":"e","type":"refund","refund":{"paymentId":"sp_1","requestId":"R","status":"SUCCEEDED"}}`,
		"an endless id":              paidNews("e", `"requestId":"`+strings.Repeat("R", 200)+`","status":"PAID"`),
		"an unreadable one without":  paidNews("e", `"status":"PAID","updatedAt":99999999999999999`),
		"an event without an id":     `{"eventId":"e","events":[{"type":"payment","payment":{` + paidMembers + `}}]}`,
		"one bad event of two":       `{"eventId":"e","events":[` + paidNews("e1", paidMembers) + `,` + paidNews("e2", `"status":"PAID"`) + `]}`,
		"a payment that is missing":  `{"eventId":"e","type":"payment"}`,
		"too many other ids":         paidNews("e", paidMembers+`,"otherIds":[`+strings.Repeat(`"a",`, 16)+`"a"]`),
		"another id that is empty":   paidNews("e", paidMembers+`,"otherIds":[""]`),
		"a time that is text":        paidNews("e", paidMembers+`,"expiresAt":"soon"`),
		"a time that is no integer":  paidNews("e", paidMembers+`,"expiresAt":1.5`),
		"an event that is no object": `{"eventId":"e","events":[1]}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := sandbox.News([]byte(body)); err == nil {
				t.Errorf("got %+v, want an error", got)
			}
		})
	}
}

func TestAmountsAndTimesThatCannotBeRepresentedAreReportedForReview(t *testing.T) {
	beyond := `"9223372036854775808"`
	for _, c := range []struct{ name, body, want string }{
		{"an amount beyond int64", paidNews("e", strings.Replace(paidMembers, `"1234"`, beyond, 1)), "an amount"},
		{"an amount far below zero", paidNews("e", strings.Replace(paidMembers, `"1234"`, `"-9223372036854775809"`, 1)), "an amount"},
		{"a captured sum beyond int64", paidNews("e", paidMembers+`,"captured":{"currency":"USD","value":`+beyond+`}`), "an amount"},
		{"a time in year 10000", paidNews("e", strings.Replace(paidMembers, "1763640000000", "253402300800000", 1)), "a time"},
		{"a time before year 1", paidNews("e", strings.Replace(paidMembers, "1763640000000", "-62135596800001", 1)), "a time"},
		{"a time beyond int64", paidNews("e", strings.Replace(paidMembers, "1763640000000", "99999999999999999999", 1)), "a time"},
		{"an expiry in year 10000", paidNews("e", paidMembers+`,"expiresAt":253402300800000`), "a time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := sandbox.News([]byte(c.body))
			if err != nil || len(got) != 1 {
				t.Fatalf("got %+v and %v, want one event", got, err)
			}
			event := got[0]
			if !strings.Contains(event.Unreadable, c.want) || event.Kind != wallet.PaymentEvent || event.ID == "" || event.ID == "e" {
				t.Errorf("got %+v, want one that says %q under an id of its own", event, c.want)
			}
			want := wallet.Payment{Ref: wallet.Ref{RequestID: "R", PaymentID: "sp_1"}}
			if !reflect.DeepEqual(event.Payment, want) {
				t.Errorf("got %+v, want the ids and nothing else", event.Payment)
			}
		})
	}
	for name, member := range map[string]string{
		"amount": `"amount":{"currency":"USD","value":` + beyond + `}`, "time": `"updatedAt":253402300800000`,
	} {
		body := `{"eventId":"e","type":"refund","refund":{"refundId":"sr_1","refundRequestId":"RR","requestId":"R","status":"SUCCEEDED",` + member + `}}`
		got, err := sandbox.News([]byte(body))
		want := wallet.Refund{RefundRef: wallet.RefundRef{RequestID: "RR", RefundID: "sr_1", Payment: wallet.Ref{RequestID: "R"}}}
		if err != nil || len(got) != 1 || got[0].Kind != wallet.RefundEvent || got[0].Refund != want || !strings.Contains(got[0].Unreadable, name) {
			t.Errorf("a refund's %s: got %+v and %v, want the ids and a reason", name, got, err)
		}
	}
}

func TestTheLastMomentOfTheCalendarIsReadable(t *testing.T) {
	got, err := sandbox.News([]byte(paidNews("e", strings.Replace(paidMembers, "1763640000000", "253402300799999", 1))))
	if err != nil || got[0].Unreadable != "" || got[0].Payment.OccurredAt.Year() != 9999 || got[0].ID != "e" {
		t.Errorf("got %+v and %v, want year 9999", got, err)
	}
}

func TestOneNotificationMayHoldSeveralEvents(t *testing.T) {
	first, second := paidNews("e1", paidMembers), strings.ReplaceAll(paidNews("e2", paidMembers), "PAID", "CANCELED")
	refund := `{"eventId":"e3","type":"refund","refund":{"refundId":"sr_1","status":"SUCCEEDED"}}`
	dispute := `{"eventId":"e4","type":"dispute"}`
	got, err := sandbox.News([]byte(`{"eventId":"e0","events":[` + strings.Join([]string{first, second, refund, dispute}, ",") + `]}`))
	if err != nil || ids(got) != "e1 e2 e3" {
		t.Fatalf("got %+v and %v, want the three that are known", got, err)
	}
	if got[0].Payment.Status != wallet.Paid || got[1].Payment.Status != wallet.Canceled || got[2].Refund.Status != wallet.RefundSucceeded {
		t.Errorf("got %+v, want paid, canceled and refunded", got)
	}
	both := strings.Replace(first, `{"eventId"`, `{"events":[`+second+`],"eventId"`, 1)
	if got, err := sandbox.News([]byte(both)); err != nil || ids(got) != "e1 e2" {
		t.Errorf("the single form and a list: got %+v and %v, want both", got, err)
	}
}

func TestEventsOfOneNotificationHaveDistinctIDs(t *testing.T) {
	paid := paidNews("e", paidMembers)
	canceled := strings.ReplaceAll(paid, "PAID", "CANCELED")
	list := func(texts ...string) string { return `{"eventId":"e0","events":[` + strings.Join(texts, ",") + `]}` }
	got, err := sandbox.News([]byte(list(paid, canceled, paid, canceled)))
	if err != nil || len(got) != 2 || got[0].ID != "e" || !strings.HasPrefix(got[1].ID, "e#") {
		t.Fatalf("got %q and %v, want the two that differ", ids(got), err)
	}
	again, err := sandbox.News([]byte(list(paid, canceled)))
	if err != nil || ids(again) != ids(got) {
		t.Errorf("notified again: got %q and %v, want %q", ids(again), err, ids(got))
	}
}

func ids(events []wallet.Event) string {
	var all []string
	for _, event := range events {
		all = append(all, event.ID)
	}
	return strings.Join(all, " ")
}

func FuzzNews(f *testing.F) {
	f.Add(paidNews("e", paidMembers))
	f.Add(`{"eventId":"e0","events":[` + paidNews("e", paidMembers) + `,` + paidNews("e", `"paymentId":"sp_1"`) + `]}`)
	f.Add(paidNews("e", strings.Replace(paidMembers, "1763640000000", "253402300800000", 1)))
	f.Add(paidNews("e", strings.Replace(paidMembers, `"1234"`, `"9223372036854775808"`, 1)))
	f.Add(`{"eventId":"e","type":"refund","refund":{"refundId":"sr_1","updatedAt":-99999999999999999999}}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := sandbox.News([]byte(body))
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, event := range got {
			if event.ID == "" || seen[event.ID] {
				t.Errorf("got the ids %q, want distinct ones", ids(got))
			}
			seen[event.ID] = true
			if _, err := json.Marshal(event); err != nil {
				t.Errorf("got %v, want an event that can be written", err)
			}
			bare := fmt.Sprint(event.Payment.Amount, event.Payment.Captured, event.Refund.Amount, event.Payment.Status, event.Refund.Status)
			if event.Unreadable != "" && bare != fmt.Sprint(wallet.Money{}, wallet.Money{}, wallet.Money{}, "", "") {
				t.Errorf("got %+v, want an unreadable event to have ids only", event)
			}
		}
	})
}
