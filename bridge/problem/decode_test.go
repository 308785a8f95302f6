package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

type basket struct {
	Items   []line `json:"items" validate:"max=2,dive"`
	Note    string `json:"note" validate:"max=5"`
	Channel string `json:"channel" validate:"omitempty,oneof=h5 web"`
	Size    size   `json:"size"`
}

type line struct {
	SKU      string `json:"sku" validate:"required"`
	Quantity int64  `json:"quantity" validate:"min=1,max=9"`
}

type size string

// UnmarshalJSON knows one size.
func (s *size) UnmarshalJSON(b []byte) error {
	if string(b) != `"small"` {
		return errors.New("knows only small")
	}
	*s = "small"
	return nil
}

func request(body, contentType string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

func decode(body string) (basket, error) {
	var b basket
	_, err := problem.Decode(httptest.NewRecorder(), request(body, "application/json"), &b)
	return b, err
}

func TestDecodeNamesTheMember(t *testing.T) {
	for name, test := range map[string]struct{ body, field, detail string }{
		"an amount":                {`{"amount":{"currency":"USD","value":"1"}}`, "amount", "is not a member"},
		"a price in a line":        {`{"items":[{"sku":"a","quantity":1},{"sku":"b","price":"1"}]}`, "items[1].price", "is not a member"},
		"another case":             {`{"Note":"x"}`, "Note", "is not a member"},
		"twice":                    {`{"note":"x","note":"y"}`, "note", "is there twice"},
		"twice in a line":          {`{"items":[{"sku":"a","sku":"b"}]}`, "items[0].sku", "is there twice"},
		"a number for a string":    {`{"note":1}`, "note", "must be a string"},
		"a string for a number":    {`{"items":[{"quantity":"1"}]}`, "items[0].quantity", "must be a whole number"},
		"a fraction":               {`{"items":[{"quantity":1.5}]}`, "items[0].quantity", "must be a whole number"},
		"more than an int64":       {`{"items":[{"quantity":99999999999999999999}]}`, "items[0].quantity", "must be a whole number"},
		"an object for an array":   {`{"items":{}}`, "items", "must be an array"},
		"an array for an object":   {`{"items":[[]]}`, "items[0]", "must be an object"},
		"a type's own words":       {`{"size":"huge"}`, "size", "knows only small"},
		"a rule of a line":         {`{"items":[{"sku":"a","quantity":0}]}`, "items[0].quantity", "must be at least 1"},
		"a missing member":         {`{"items":[{"quantity":1}]}`, "items[0].sku", "is required"},
		"too many lines":           {`{"items":[{},{},{}]}`, "items", "must have at most 2 entries"},
		"a text that is too long":  {`{"note":"123456"}`, "note", "must have at most 5 characters"},
		"a word that is not one":   {`{"channel":"fax"}`, "channel", "must be one of h5, web"},
		"a name that fills a page": {`{"` + strings.Repeat("x", 500) + `":1}`, strings.Repeat("x", 120) + "…", "is not a member"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(test.body)
			f := fault.Of(err)
			if f.Kind != fault.Invalid || len(f.Fields) == 0 {
				t.Fatalf("got %v, want Invalid with a field", err)
			}
			if got := f.Fields[0]; got.Name != test.field || !strings.HasPrefix(got.Detail, test.detail) {
				t.Errorf("got %q %q, want %q %q", got.Name, got.Detail, test.field, test.detail)
			}
		})
	}
}

func TestDecodeReportsAllBrokenRules(t *testing.T) {
	_, err := decode(`{"items":[{"quantity":99}],"note":"123456"}`)
	if got := len(fault.Of(err).Fields); got != 3 {
		t.Errorf("got %d fields, want 3: %v", got, err)
	}
}

func TestDecodeRefusesWhatIsNotTheBody(t *testing.T) {
	big := `{"note":"` + strings.Repeat("x", problem.MaxBody) + `"}`
	for name, test := range map[string]struct {
		body, contentType string
		want              fault.Kind
	}{
		"no body":               {"", "application/json", fault.Invalid},
		"blanks":                {"  ", "application/json", fault.Invalid},
		"not JSON":              {"{", "application/json", fault.Invalid},
		"trailing data":         {"{}{}", "application/json", fault.Invalid},
		"an array":              {"[]", "application/json", fault.Invalid},
		"not UTF-8":             {"{\"note\":\"\xff\"}", "application/json", fault.Invalid},
		"no content type":       {"{}", "", fault.Invalid},
		"a form":                {"{}", "application/x-www-form-urlencoded", fault.Invalid},
		"plain text":            {"{}", "text/plain", fault.Invalid},
		"another character set": {"{}", "application/json; charset=utf-16", fault.Invalid},
		"more than 64 KiB":      {big, "application/json", fault.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			var b basket
			_, err := problem.Decode(httptest.NewRecorder(), request(test.body, test.contentType), &b)
			if err == nil || fault.KindOf(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestTheNameOfUTF8IsTakenInAnySpelling(t *testing.T) {
	for _, contentType := range []string{
		"application/json", "Application/JSON", "application/json;charset=utf-8", "application/json; charset=UTF-8", "application/json ; Charset=utf8",
		`application/json; charset="utf-8"`, "application/json; charset='UTF-8'", "application/json; charset=utf_8", "application/json;", "application/json; charset=",
		"application/json; charset", "application/json; charset = utf-8", "application/json; charset=utf-8; charset=UTF-8", "application/json; boundary=x; charset=utf-8;",
		"application/json; profile=\"https://shop.example/a b\"", "application/json; charset=US-ASCII",
	} {
		if _, err := problem.Decode(httptest.NewRecorder(), request("{}", contentType), &struct{}{}); err != nil {
			t.Errorf("%s: got %v, want nil", contentType, err)
		}
	}
	for _, contentType := range []string{
		"application/jsonp", "application/json charset=utf-8", "application/problem+json", "text/json; charset=utf-8", "; application/json",
		"application/json; charset=iso-8859-1", "application/json; charset=utf-8; charset=utf-16", "application/json, text/plain",
	} {
		if _, err := problem.Decode(httptest.NewRecorder(), request("{}", contentType), &struct{}{}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid", contentType, err)
		}
	}
}

func TestAChunkedBodyIsBoundedToo(t *testing.T) {
	r := request(strings.Repeat("x", problem.MaxBody+1), "application/json")
	r.ContentLength = -1
	if _, err := problem.ReadBody(httptest.NewRecorder(), r); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("got %v, want TooLarge", err)
	}
}

func TestDecodeKeepsTheBytes(t *testing.T) {
	const body = " {\n\t\"note\" : \"a\\u0062\" } "
	var b basket
	raw, err := problem.Decode(httptest.NewRecorder(), request(body, "application/json; charset=UTF-8"), &b)
	if err != nil || string(raw) != body || b.Note != "ab" {
		t.Errorf("got %q, %+v, %v", raw, b, err)
	}
}

func TestDecodeOptional(t *testing.T) {
	for body, ok := range map[string]bool{"": true, " ": true, "{}": true, "{": false, `{"x":1}`: false} {
		_, err := problem.DecodeOptional(httptest.NewRecorder(), request(body, "application/json"), &struct{}{})
		if (err == nil) != ok {
			t.Errorf("%q: got %v", body, err)
		}
	}
	if _, err := problem.DecodeOptional(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil), &struct{}{}); err != nil {
		t.Errorf("no body needs no content type: %v", err)
	}
}

// FuzzDecode: whatever is accepted, the standard decoder reads the same; whatever is
// not is a fault that can be shown.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"items":[{"sku":"a","quantity":1}]}`, `{"items":[{"sku":"a","quantity":1,"price":"1"}]}`,
		`{"note":"x","note":"y"}`, `{"NOTE":"x"}`, `null`, `{"size":"small"}`, "{\"\xff\":1}", `{"items":[[[[`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := decode(body)
		if err != nil {
			if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.TooLarge {
				t.Fatalf("got %v", err)
			}
			if d := problem.Of(err, "", "").JSON(); !json.Valid(d) {
				t.Fatalf("got %q", d)
			}
			return
		}
		var want basket
		dec := json.NewDecoder(strings.NewReader(body))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("the standard decoder refuses %s: %v", strconv.Quote(body), err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if !bytes.Equal(a, b) {
			t.Errorf("got %s, want %s", a, b)
		}
	})
}
