package simulator

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
)

// vector is a vector of this protocol. No provider publishes a complete one; these were
// made for this project with throw-away keys.
type vector struct{ Name, Key, Message, Signature string }

func newProvider(tb testing.TB, profile, client string) *Provider {
	tb.Helper()
	p, err := New(Config{
		PublicURL: "https://wallet.example", Profile: profile, ClientID: client,
		ClientKeys: map[int]string{1: testdata.Key(tb, "client_public.pem")},
		Key:        signing.NewSecret(testdata.Key(tb, "wallet_private.pem")),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// parts takes a message apart: path, client id, time, body.
func (v vector) parts() (path, client, at string, body []byte) {
	head, rest, _ := strings.Cut(v.Message, "\n")
	client, rest, _ = strings.Cut(rest, ".")
	end := strings.Index(rest, ".{") // the time may have a point too
	return strings.TrimPrefix(head, "POST "), client, rest[:end], []byte(rest[end+1:])
}

func TestVectors(t *testing.T) {
	all := testdata.Vectors[vector](t, "miniprogram")
	if len(all) != 5 {
		t.Fatalf("got %d vectors, want 5", len(all))
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			path, client, at, body := v.parts()
			if got := string(message("POST", path, client, at, body)); got != v.Message {
				t.Fatalf("message: got %q, want %q", got, v.Message)
			}
			p := newProvider(t, "generic-v2", client)
			if v.Key == "wallet" {
				signs(t, p, v)
				return
			}
			verifies(t, p, v)
		})
	}
}

// signs checks that we make the vector's signature, in the form that is the default.
func signs(t *testing.T, p *Provider, v vector) {
	signature, err := p.signer.Sign(t.Context(), []byte(v.Message))
	if err != nil {
		t.Fatal(err)
	}
	want := "algorithm=RSA256, keyVersion=1, signature=" + url.QueryEscape(v.Signature)
	if got := p.signatureHeader(signature); got != want {
		t.Errorf("header: got %s, want %s", got, want)
	}
	p.profile = profiles["superqi"]
	if got := p.signatureHeader(signature); !strings.HasSuffix(got, "signature="+v.Signature) {
		t.Errorf("plain header: got %s, want it to end in %s", got, v.Signature)
	}
}

// verifies checks that we accept the vector in its three forms, and no other message.
func verifies(t *testing.T, p *Provider, v vector) {
	path, client, at, body := v.parts()
	check := func(signature, at, path string, body []byte) error {
		h := http.Header{"Request-Time": {at}, "Signature": {"algorithm=RSA256, keyVersion=1, signature=" + signature}}
		return p.verify(h, client, headerRequestTime, body, path)
	}
	raw, err := base64.StdEncoding.DecodeString(v.Signature)
	if err != nil {
		t.Fatal(err)
	}
	percent, urls := url.QueryEscape(v.Signature), base64.RawURLEncoding.EncodeToString(raw)
	for _, form := range []string{v.Signature, percent, urls} {
		if err := check(form, at, path, body); err != nil {
			t.Errorf("%.20s…: %v", form, err)
		}
	}
	changed := append([]byte(nil), body...)
	changed[len(changed)/2] ^= 1
	blanks := strings.ReplaceAll(v.Signature, "+", " ")
	for name, err := range map[string]error{
		"one byte changed":            check(percent, at, path, changed),
		"a line feed at the end":      check(percent, at, path, append(body, '\n')),
		"another path":                check(percent, at, "/v2/payments/pay", body),
		"another time":                check(percent, at+"0", path, body),
		"a plus decoded to a blank":   check(blanks, at, path, body),
		"the padding without content": check("==", at, path, body),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	p.verifier = newWalletVerifier(t)
	if check(percent, at, path, body) == nil {
		t.Error("the wallet's key: accepted")
	}
}

func newWalletVerifier(t *testing.T) *signing.RSAVerifier {
	t.Helper()
	cfg := Config{
		ClientKeys: map[int]string{1: testdata.Key(t, "wallet_public.pem")}, Key: signing.NewSecret(testdata.Key(t, "wallet_private.pem")),
	}
	_, verifier, err := cfg.keys()
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}
