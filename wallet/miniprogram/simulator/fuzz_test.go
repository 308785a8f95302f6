package simulator

import (
	"slices"
	"testing"
	"time"
)

// FuzzCall runs bodies of proven senders through every endpoint of every profile: no
// body may panic, and every answer has a result.
func FuzzCall(f *testing.F) {
	f.Add([]byte(`{"paymentRequestId":"A","paymentAmount":{"currency":"USD","value":"1234"},"appId":"1"}`))
	f.Add([]byte(`{"paymentRequestId":"A","refundRequestId":"R","refundAmount":{"currency":"USD","value":"1"}}`))
	f.Add([]byte(`{"partnerId":"P","paymentRequestId":"A","extraParams":{"ORDER":"{\"orderAmount\":\"{}\"}"}}`))
	f.Add([]byte(`{"grantType":"REFRESH_TOKEN","refreshToken":"x","scopes":"AGREEMENT_PAY","extendInfo":"{}"}`))
	f.Add([]byte(`{"paymentId":null,"a":[1,true,{"b":""}],"paymentAmount":{"value":1e9}}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Add([]byte(`{} {}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	var all []*Provider
	for _, name := range Profiles() {
		all = append(all, newProvider(f, name, "CLIENT"))
	}
	endpoints := make([]endpoint, 0, len(operations))
	for e := range operations {
		endpoints = append(endpoints, e)
	}
	slices.Sort(endpoints)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, p := range all {
			for _, e := range endpoints {
				answer := p.execute(e, body)
				if answer.Result == nil || answer.Result.Code == "" {
					t.Fatalf("%s %s: no result", p.cfg.Profile, e)
				}
				encode(answer)
			}
			for _, pay := range p.books.All() {
				if pay.captured < 0 || pay.captured > pay.amount.Minor || pay.returned+pay.refunding > pay.captured {
					t.Fatalf("%s: the books of %q are wrong: %+v", p.cfg.Profile, pay.request, pay)
				}
			}
		}
	})
}

// FuzzSignature reads headers of any caller.
func FuzzSignature(f *testing.F) {
	f.Add("algorithm=RSA256, keyVersion=1, signature=layekm9j0q8iQTWoJc48gF%2BHGb7c", "2026-01-02T10:15:00.123+08:00")
	f.Add("signature=a-_b,keyVersion=2", "1767320100123")
	f.Add("signature=%zz,signature=", "2026-01-02T10:15:00+0800")
	f.Fuzz(func(t *testing.T, header, at string) {
		version, signature, err := parseSignature(header)
		if err == nil && len(signature) == 0 {
			t.Errorf("no signature in version %q", version)
		}
		if moment, err := parseTime(at); err == nil {
			again, err := parseTime(moment.UTC().Format(time.RFC3339Nano))
			if err != nil && moment.Year() >= 0 && moment.Year() < 10000 || err == nil && !again.Equal(moment) {
				t.Errorf("%q does not survive: %v, %v", at, again, err)
			}
		}
	})
}
