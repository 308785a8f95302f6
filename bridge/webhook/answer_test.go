package webhook

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/minitill/minitill/bridge/store"
)

// answering is a transport that answers each request alike.
type answering struct {
	status int
	body   io.Reader
	err    error
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Body: io.NopCloser(a.body), Header: http.Header{}, Request: r}, nil
}

// metered counts what is read of a body that does not end.
type metered struct{ read int }

func (m *metered) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	m.read += len(p)
	return len(p), nil
}

// cut is a body that ends early.
func cut(text string) io.Reader {
	return io.MultiReader(strings.NewReader(text), iotestErr{})
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestTheStartOfARefusalIsStoredAndNeverLogged(t *testing.T) {
	const said = "no such tenant \xff\x00 <script>"
	for name, test := range map[string]struct {
		transport answering
		want      store.Answer
		note      string
	}{
		"a refusal":              {answering{status: 500, body: strings.NewReader(said)}, store.Answer{Status: 500, Body: said}, "the endpoint answered 500"},
		"one that breaks off":    {answering{status: 502, body: cut(said)}, store.Answer{Status: 502, Body: said}, "the endpoint answered 502"},
		"one without a body":     {answering{status: 410, body: http.NoBody}, store.Answer{Status: 410}, "the endpoint answered 410"},
		"a success":              {answering{status: 202, body: strings.NewReader(said)}, store.Answer{Status: 202}, ""},
		"a fault of the network": {answering{err: io.ErrUnexpectedEOF}, store.Answer{}, "the call failed"},
	} {
		t.Run(name, func(t *testing.T) {
			box, s, log := newMailbox(), newShop(t), new(bytes.Buffer)
			box.fill(1, 1, "hook")
			d, err := New(Config{Outbox: box, Static: []Endpoint{s.endpoint("hook")}, Transport: test.transport, Log: slog.New(slog.NewTextHandler(log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := box.byID["dlv_0_0_hook"].Delivery
			if got.Answer != test.want || got.Took < time.Millisecond || (got.Note == "") != (test.note == "") {
				t.Errorf("got %+v, want %+v and the note %q", got, test.want, test.note)
			}
			if strings.Contains(log.String(), "tenant") || strings.Contains(got.Note, "tenant") {
				t.Errorf("the answer is in the log or the note: %s, %q", log, got.Note)
			}
		})
	}
}

func TestAnAnswerWithoutAnEndIsReadToABound(t *testing.T) {
	for _, status := range []int{200, 500} {
		box, s, body := newMailbox(), newShop(t), new(metered)
		box.fill(1, 1, "hook")
		d, err := New(Config{Outbox: box, Static: []Endpoint{s.endpoint("hook")}, Transport: answering{status: status, body: body}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept := len(box.byID["dlv_0_0_hook"].Answer.Body)
		if want := map[int]int{500: store.MaxAnswer}[status]; kept != want || body.read > mostAnswer {
			t.Errorf("%d: kept %d bytes of %d that were read, want %d of %d at most", status, kept, body.read, want, mostAnswer)
		}
	}
}

func TestAnAnswerIsSafeToShow(t *testing.T) {
	full := strings.Repeat("a", store.MaxAnswer)
	for body, want := range map[string]string{
		"":                                    "",
		"{\"why\":\"no\"}\r\n\tx":             "{\"why\":\"no\"}\r\n\tx",
		"a\xffb\x00c\x1b[31md\u009be":         "a\uFFFDb\uFFFDc\uFFFD[31md\uFFFDe",
		full[:store.MaxAnswer-2] + "\xe4\xb8": full[:store.MaxAnswer-2],
		full[:store.MaxAnswer-3] + "中":        full[:store.MaxAnswer-3] + "中",
		full[:store.MaxAnswer-1] + "\xff":     full[:store.MaxAnswer-1] + "\uFFFD",
		"\xe4\xb8":                            "\uFFFD\uFFFD",
	} {
		got := store.Answer{Body: body}.Text()
		if got != want || !utf8.ValidString(got) {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}
