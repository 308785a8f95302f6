package bare

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/signing"
)

const secret = "a key for tests, 0123456789 long"

// open opens a reference whose wallet signs with a key.
func open(t *testing.T, walletKey string) (*Server, *far.Wallet) {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	key, err := signing.NewHMAC(far.KeyID, signing.NewSecret(walletKey))
	if err != nil {
		t.Fatal(err)
	}
	w := &far.Wallet{Key: key, Status: "PENDING"}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	s, err := Open(t.Context(), Config{
		Path: filepath.Join(t.TempDir(), "bare.db"), Wallet: w.URL, KeyID: far.KeyID, Key: signing.NewSecret(secret), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, w
}

func send(s *Server, method, path, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if header != nil {
		r.Header = header
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return answer
}

// create creates an order and returns its id and the answer.
func create(t *testing.T, s *Server) (id, request string, answer *httptest.ResponseRecorder) {
	t.Helper()
	var session struct{ Token string }
	if err := json.NewDecoder(send(s, "POST", "/miniapp/v1/sessions", "", nil).Body).Decode(&session); err != nil {
		t.Fatal(err)
	}
	answer = send(s, "POST", "/miniapp/v1/orders", `{"items":[]}`, http.Header{"Authorization": {"Bearer " + session.Token}, "Idempotency-Key": {"k"}})
	body, _ := io.ReadAll(answer.Body)
	var made struct {
		Order  struct{ ID string }
		Action struct{ PaymentURL string }
	}
	_ = json.Unmarshal(body, &made)
	_, request, _ = strings.Cut(made.Action.PaymentURL, "/cashier/")
	return made.Order.ID, request, answer
}

func TestTheReferenceStoresAPaymentThatItsWalletHasSigned(t *testing.T) {
	s, w := open(t, secret)
	id, request, answer := create(t, s)
	if answer.Code != http.StatusCreated {
		t.Fatalf("got %d", answer.Code)
	}
	n := w.Paid("/notify/"+wallet, request)
	if got := send(s, "POST", "/notify/"+wallet, n.Body, n.Header); got.Code != http.StatusOK {
		t.Errorf("got %d", got.Code)
	}
	if version, doc, err := s.rows.read(t.Context(), id); err != nil || version != 3 || string(doc) != paidDoc {
		t.Errorf("got version %d, %v, and %s", version, err, doc)
	}
}

func TestTheReferenceRefusesWhatIsNotSigned(t *testing.T) {
	s, w := open(t, secret)
	id, request, _ := create(t, s)
	n := w.Paid("/notify/"+wallet, request)
	if got := send(s, "POST", "/notify/"+wallet, strings.Replace(n.Body, "450", "451", 1), n.Header); got.Code == http.StatusOK {
		t.Error("a forged notification was acknowledged")
	}
	if version, _, err := s.rows.read(t.Context(), id); err != nil || version != 2 {
		t.Errorf("got version %d, %v; want that of the open payment", version, err)
	}
	if got := send(s, "POST", "/miniapp/v1/orders", `{}`, http.Header{"Authorization": {"Bearer nobody"}}); got.Code == http.StatusCreated {
		t.Error("an order was created without a session")
	}
	if got := send(s, "GET", "/miniapp/v1/orders/"+id, "", nil); got.Code == http.StatusOK {
		t.Error("an order was read without a session")
	}
}

func TestTheReferenceRefusesAnAnswerThatItsWalletHasNotSigned(t *testing.T) {
	s, _ := open(t, "another key, 0123456789 and more")
	if _, _, answer := create(t, s); answer.Code == http.StatusCreated {
		t.Error("the answer of a stranger was taken")
	}
}
