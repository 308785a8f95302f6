package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func BenchmarkHMACSign(b *testing.B) {
	h := mustHMAC(b, "1", strongSecret)
	message := make([]byte, 512)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = h.Sign(b.Context(), message)
	}
}

func BenchmarkHMACVerify(b *testing.B) {
	h := mustHMAC(b, "1", strongSecret)
	message := make([]byte, 512)
	signature, _ := h.Sign(b.Context(), message)
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Verify(b.Context(), "1", message, signature); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHMACWithoutPool is what the pool of hash states is measured against.
func BenchmarkHMACWithoutPool(b *testing.B) {
	key, message := []byte(strongSecret), make([]byte, 512)
	b.ReportAllocs()
	for b.Loop() {
		mac := hmac.New(sha256.New, key)
		mac.Write(message)
		mac.Sum(nil)
	}
}

func BenchmarkRSASign(b *testing.B) {
	signer, err := NewRSASigner("1", testPrivate(b, "client"))
	if err != nil {
		b.Fatal(err)
	}
	message := []byte(rsaVectors(b)[0].Message)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = signer.Sign(b.Context(), message)
	}
}

func BenchmarkRSAVerify(b *testing.B) {
	verifier, vector := testVerifier(b), rsaVectors(b)[0]
	signature, _ := base64.StdEncoding.DecodeString(vector.Signature)
	message := []byte(vector.Message)
	b.ReportAllocs()
	for b.Loop() {
		if err := verifier.Verify(b.Context(), vector.Key, message, signature); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssueSession(b *testing.B) {
	tokens := mustTokens(b, testConfig())
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = tokens.IssueSession(testSession)
	}
}

// BenchmarkIssueSessionByLibrary is what our own sealing is measured against.
func BenchmarkIssueSessionByLibrary(b *testing.B) {
	key := []byte(strongSecret)
	claims := tokenClaims{
		registered: registered{Issuer: testIssuer, Audience: audienceSession, IssuedAt: 1, ExpiresAt: 2, ID: "ses_1"},
		App:        "demo", Wallet: "sandbox", Payer: "2088",
	}
	b.ReportAllocs()
	for b.Loop() {
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, &claims)
		token.Header["kid"] = "k1"
		_, _ = token.SignedString(key)
	}
}

func BenchmarkIssueOrder(b *testing.B) {
	tokens := mustTokens(b, testConfig())
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = tokens.IssueOrder(testOrder)
	}
}

func BenchmarkParseSession(b *testing.B) {
	tokens := mustTokens(b, testConfig())
	token, _, _ := tokens.IssueSession(testSession)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tokens.ParseSession(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseOrder(b *testing.B) {
	tokens := mustTokens(b, testConfig())
	token, _, _ := tokens.IssueOrder(testOrder)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tokens.ParseOrder(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssueReceipt(b *testing.B) {
	tokens := mustTokens(b, testConfig())
	b.ReportAllocs()
	for b.Loop() {
		_, _ = tokens.IssueReceipt(testReceipt)
	}
}

func BenchmarkParseReceipt(b *testing.B) {
	tokens := mustTokens(b, testConfig())
	token, _ := tokens.IssueReceipt(testReceipt)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tokens.ParseReceipt(token); err != nil {
			b.Fatal(err)
		}
	}
}
