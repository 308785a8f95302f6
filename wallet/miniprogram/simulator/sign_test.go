package simulator_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// signedBy replaces what a request's signature covers.
func (s *till) signedBy(r *http.Request, path, client, at, body, header string) *http.Request {
	r.Header.Set("Client-Id", client)
	r.Header.Set("Request-Time", at)
	r.Header.Set("Signature", strings.ReplaceAll(header, "§", s.sign(path, client, at, body)))
	return r
}

const asking = `{"paymentRequestId":"A"}`

func TestSignaturesAreAcceptedInEveryForm(t *testing.T) {
	s := newTill(t, "generic-v2")
	path := "/sim" + s.prefix + "/payments/inquiryPayment"
	now := s.clock.Now().Format(time.RFC3339)
	plain := s.sign(path, clientID, now, asking)
	for name, header := range map[string]string{
		"plain":                       "algorithm=RSA256, keyVersion=1, signature=" + plain,
		"percent-encoded":             "algorithm=RSA256,keyVersion=1,signature=" + url.QueryEscape(plain),
		"Base64 for URLs":             "algorithm=RSA256, keyVersion=1, signature=" + strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(plain),
		"without a version":           "algorithm=RSA256, signature=" + plain,
		"without an algorithm":        "keyVersion=1, signature=" + plain,
		"the algorithm's long name":   "algorithm=SHA256withRSA, keyVersion=1, signature=" + plain,
		"the algorithm in small":      "algorithm=rsa256, keyVersion=1, signature=" + plain,
		"another order and no blanks": "signature=" + plain + ",keyVersion=1,algorithm=RSA256",
	} {
		t.Run(name, func(t *testing.T) {
			r := s.request(s.prefix+"/payments/inquiryPayment", fields{"paymentRequestId": "A"})
			r.Header.Set("Request-Time", now)
			r.Header.Set("Signature", header)
			want(t, "result", s.do(r).word(), "F/ORDER_NOT_EXIST")
		})
	}
}

func TestTimesAreAcceptedInEveryFormat(t *testing.T) {
	s := newTill(t, "ams")
	now := s.clock.Now()
	path := "/sim" + s.prefix + "/payments/inquiryPayment"
	local := now.In(time.FixedZone("", 19800))
	for name, at := range map[string]string{
		"seconds":                  now.Format("2006-01-02T15:04:05Z07:00"),
		"milliseconds":             local.Format("2006-01-02T15:04:05.000Z07:00"),
		"nanoseconds":              local.Format("2006-01-02T15:04:05.000000000Z07:00"),
		"an offset without colon":  local.Format("2006-01-02T15:04:05.000-0700"),
		"epoch milliseconds":       strconv.FormatInt(now.UnixMilli(), 10),
		"five minutes in the past": now.Add(-5 * time.Minute).Format(time.RFC3339Nano),
		"five minutes ahead":       now.Add(5 * time.Minute).Format(time.RFC3339Nano),
	} {
		t.Run(name, func(t *testing.T) {
			r := s.request(s.prefix+"/payments/inquiryPayment", fields{"paymentRequestId": "A"})
			s.signedBy(r, path, clientID, at, asking, "algorithm=RSA256,keyVersion=1,signature=§")
			r.Header.Set("Agent-Token", "") // what official clients send besides
			r.Header.Set("Sdk-Version", "1.2.19")
			want(t, "result", s.do(r).word(), "F/ORDER_NOT_EXIST")
		})
	}
}

func TestWhatIsNotProvenIsRefusedInASignedAnswer(t *testing.T) {
	s := newTill(t, "generic-v2")
	path := "/sim" + s.prefix + "/payments/inquiryPayment"
	now := s.clock.Now().Format(time.RFC3339)
	const good = "algorithm=RSA256, keyVersion=1, signature=§"
	for _, c := range []struct{ name, path, client, at, body, header, want string }{
		{"another body", path, clientID, now, asking + " ", good, "INVALID_SIGNATURE"},
		{"the path without what a proxy adds", strings.TrimPrefix(path, "/sim"), clientID, now, asking, good, "INVALID_SIGNATURE"},
		{"the path without its prefix", "/v2/payments/inquiryPayment", clientID, now, asking, good, "INVALID_SIGNATURE"},
		{"an unknown key version", path, clientID, now, asking, "algorithm=RSA256, keyVersion=2, signature=§", "INVALID_SIGNATURE"},
		{"another algorithm", path, clientID, now, asking, "algorithm=ECC224, keyVersion=1, signature=§", "INVALID_SIGNATURE"},
		{"two signatures", path, clientID, now, asking, good + ", signature=§", "INVALID_SIGNATURE"},
		{"no signature", path, clientID, now, asking, "", "INVALID_SIGNATURE"},
		{"nonsense", path, clientID, now, asking, "signature=%zz", "INVALID_SIGNATURE"},
		{"another client", path, "OTHER", now, asking, good, "INVALID_CLIENT"},
		{"a time long ago", path, clientID, "2026-01-02T02:09:59.999Z", asking, good, "TIMESTAMP_INVALID"},
		{"a time far ahead", path, clientID, "2026-01-02T02:20:01Z", asking, good, "TIMESTAMP_INVALID"},
		{"no time", path, clientID, "", asking, good, "TIMESTAMP_INVALID"},
		{"a time that is none", path, clientID, "now", asking, good, "TIMESTAMP_INVALID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := s.request(s.prefix+"/payments/inquiryPayment", fields{"paymentRequestId": "A"})
			got := s.do(s.signedBy(r, c.path, c.client, c.at, c.body, c.header))
			want(t, "result", got.word(), "F/"+c.want)
			if !got.signed || got.HTTP != http.StatusOK {
				t.Errorf("signed %v, HTTP %d; want a signed answer with 200", got.signed, got.HTTP)
			}
		})
	}
}

func TestKeysRotate(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) {
		c.ClientKeys[2] = c.ClientKeys[1]
		c.ClientKeys[1] = file(t, "wallet_public.pem")
	})
	path, now := "/sim"+s.prefix+"/payments/inquiryPayment", s.clock.Now().Format(time.RFC3339)
	for header, result := range map[string]string{
		"keyVersion=2, signature=§": "F/ORDER_NOT_EXIST",
		"keyVersion=1, signature=§": "F/INVALID_SIGNATURE",
		"signature=§":               "F/ORDER_NOT_EXIST", // the newest
	} {
		r := s.request(s.prefix+"/payments/inquiryPayment", fields{"paymentRequestId": "A"})
		want(t, header, s.do(s.signedBy(r, path, clientID, now, asking, header)).word(), result)
	}
}

func TestAnswersSpeakTheProfilesDialect(t *testing.T) {
	for profile, c := range map[string]struct{ header, at string }{
		"generic-v2": {"algorithm=RSA256, keyVersion=1, signature=", "2026-01-02T10:15:00.123+08:00"},
		"superqi":    {"algorithm=RSA256, keyVersion=1, signature=", "2026-01-02T05:15:00+03:00"},
		"rebell":     {"algorithm=RSA256, keyVersion=1, signature=", "2026-01-02T02:15:00.123Z"},
		"vodapay":    {"algorithm=RSA256,keyVersion=1,signature=", "2026-01-02T04:15:00.123+02:00"},
		"ams":        {"algorithm=RSA256,keyVersion=1,signature=", "1767320100123"},
	} {
		t.Run(profile, func(t *testing.T) {
			got := newTill(t, profile).open("A")
			if header := got.Header.Get("Signature"); !strings.HasPrefix(header, c.header) {
				t.Errorf("Signature: got %q, want %q…", header, c.header)
			}
			want(t, "Response-Time", got.Header.Get("Response-Time"), c.at)
			want(t, "Client-Id", got.Header.Get("Client-Id"), clientID)
		})
	}
}

func TestPathsThatAreNoCalls(t *testing.T) {
	s := newTill(t, "tng")
	want(t, "a call that this wallet lacks", s.call("payments/cancel", fields{"paymentId": "1"}).word(), "F/INVALID_API")
	get := s.request(s.prefix+"/payments/pay", fields{})
	get.Method = http.MethodGet
	want(t, "GET", s.do(get).word(), "F/METHOD_NOT_SUPPORTED")
	if got := s.do(s.request("/elsewhere", fields{})); got.HTTP != http.StatusNotFound {
		t.Errorf("a path of something else: got HTTP %d, want 404", got.HTTP)
	}
}

func TestClientsOfTheSandboxHaveTheirOwnPath(t *testing.T) {
	s := newTill(t, "ams", func(c *simulator.Config) { c.ClientID = "SANDBOX_5Y" })
	for path, wanted := range map[string]string{
		"/ams/sandbox/api/v1/payments/inquiryPayment": "F/ORDER_NOT_EXIST",
		"/ams/api/v1/payments/inquiryPayment":         "/",
	} {
		r := s.request(path, fields{"paymentRequestId": "A"})
		s.signedBy(r, "/sim"+path, "SANDBOX_5Y", "1767320100123", asking, "signature=§")
		want(t, path, s.do(r).word(), wanted)
	}
}

func TestServedWithoutThePublicPathTheSignatureIsStillOverIt(t *testing.T) {
	s := newTill(t, "superqi")
	r := s.request("/v1/payments/inquiryPayment", fields{"paymentRequestId": "A"})
	r.URL.Path = strings.TrimPrefix(r.URL.Path, "/sim") // as http.StripPrefix leaves it
	want(t, "result", s.do(r).word(), "F/ORDER_NOT_EXIST")
}
