package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRefundsAreListedAndDecidedAboutFromAShell prints what a server answers.
func TestRefundsAreListedAndDecidedAboutFromAShell(t *testing.T) {
	t.Setenv("MINITILL_API_KEY", "mk_x")
	refund := func(more string) string {
		return `{"id":"rfd_1-1","order":"ord_1","status":"pending","amount":{"currency":"USD","value":"200","decimal":"2.00"},
			"reason":"cold","createdAt":"2026-01-02T12:00:00Z"` + more + `}`
	}
	var requested []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requested = append(requested, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
		switch {
		case r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "":
			http.Error(w, "{}", http.StatusBadRequest)
		case strings.HasSuffix(r.URL.Path, "/reject"):
			fmt.Fprint(w, strings.Replace(refund(`,"code":"approval_rejected"`), "pending", "failed", 1))
		case strings.HasSuffix(r.URL.Path, "/approve"):
			fmt.Fprint(w, strings.Replace(refund(""), "pending", "succeeded", 1))
		case strings.HasSuffix(r.URL.Path, "rfd_1-1"):
			fmt.Fprint(w, refund(""))
		default:
			fmt.Fprint(w, `{"refunds":[`+refund(`,"approval":"waiting","approver":"operator","version":7`)+`],"next":"rfd_1-1"}`)
		}
	}))
	defer server.Close()
	on := func(args ...string) string { return command(t, append(args, "--server", server.URL)...) }
	last := func(want string) {
		t.Helper()
		if got := requested[len(requested)-1]; got != want {
			t.Errorf("requested %s, want %s", got, want)
		}
	}
	wantMatches(t, on("refunds", "--waiting"), `REFUND +STATUS`, `rfd_1-1 +pending, waits for the operator +2\.00 USD +ord_1 +7 +cold`, `--cursor rfd_1-1`)
	last("GET /v1/refunds?approval=waiting&limit=25")
	on("refunds", "list", "--order", "ord_1", "--status", "failed", "--cursor", "rfd_0-1", "--limit", "3")
	last("GET /v1/refunds?cursor=rfd_0-1&limit=3&order=ord_1&status=failed")
	wantMatches(t, on("refunds", "approve", "rfd_1-1", "--note", "agreed", "--amount", "2.00"), `^rfd_1-1  succeeded  2\.00 USD`)
	last(`POST /v1/refunds/rfd_1-1/approve {"note":"agreed","amount":{"currency":"USD","value":"200","decimal":"2.00"}}`)
	wantMatches(t, on("refunds", "reject", "rfd_1-1", "--note", "no"), `rfd_1-1  failed, approval_rejected  2\.00 USD`)
	last(`POST /v1/refunds/rfd_1-1/reject {"note":"no"}`)
	on("refunds", "reject", "rfd_1-1", "--note", "no", "--order-version", "7")
	last(`POST /v1/refunds/rfd_1-1/reject {"note":"no","version":7}`)
	wantMatches(t, on("refunds", "reject", "rfd_1-1", "--note", "no", "--json"), `"code":"approval_rejected"`)
	wantMatches(t, refused(t, 1, "refunds", "approve", "rfd_1-1", "--note", "x", "--amount", "2.001", "--server", server.URL), `2\.001`)
}
