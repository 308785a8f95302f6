package miniprogram_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func TestAPayerAgreesOnceAndIsChargedLater(t *testing.T) {
	for name, row := range miniprogram.Table() {
		if !row.CanAgree {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := open(t, name)
			agreement := signed(t, s)
			currency := currencies(name)[0]
			req := soon("AGREE1", currency)
			req.Agreement = agreement.Token
			payment := create(t, s.wallet, req)
			if payment.Status != wallet.Paid || payment.Action != nil || payment.Amount != req.Amount {
				t.Errorf("got %+v, want paid at once", payment)
			}
			if books := s.provider.Books("AGREE1"); books.Captured != req.Amount {
				t.Errorf("the provider captured %s, want %s", books.Captured, req.Amount)
			}
			renewAndEnd(t, s, agreement)
		})
	}
}

func signed(t *testing.T, s *stand) wallet.Agreement {
	t.Helper()
	agreer := s.wallet.(wallet.Agreer)
	action, err := agreer.PrepareAgreement(t.Context(), wallet.AgreementRequest{
		Reference: "AG1", Title: "Rides", Description: "Pay for rides", Language: "en-US", NotifyURL: "https://shop.example/notify/wallet",
	})
	if err != nil || action.Type != wallet.ActionSign {
		t.Fatalf("got %+v and %v, want a place to sign", action, err)
	}
	code, err := s.provider.SigningCode(action.URL, "alice")
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := agreer.SignAgreement(t.Context(), code)
	if err != nil || agreement.Token == "" || agreement.Payer.ID == "" || agreement.ExpiresAt.IsZero() {
		t.Fatalf("got %+v and %v, want an agreement", agreement, err)
	}
	if _, err := agreer.SignAgreement(t.Context(), code); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a used code: got %v, want unauthenticated", err)
	}
	if printed := fmt.Sprintf("%+v %#v", agreement, agreement); contains(printed, string(agreement.Token), string(agreement.Refresh)) {
		t.Errorf("a token is printed: %s", printed)
	}
	return agreement
}

func renewAndEnd(t *testing.T, s *stand, old wallet.Agreement) {
	t.Helper()
	agreer := s.wallet.(wallet.Agreer)
	renewed, err := agreer.RenewAgreement(t.Context(), old)
	if err != nil || renewed.Token == old.Token || renewed.Payer != old.Payer {
		t.Fatalf("renewed: got %+v and %v", renewed, err)
	}
	if _, err := agreer.RenewAgreement(t.Context(), old); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a used refresh token: got %v, want unauthenticated", err)
	}
	for range 2 {
		if err := agreer.EndAgreement(t.Context(), renewed); err != nil {
			t.Errorf("ending it: got %v, want no error", err)
		}
	}
	req := soon("AGREE2", currencies(s.settings.Profile)[0])
	req.Agreement = renewed.Token
	if _, err := s.wallet.CreatePayment(t.Context(), req); !errors.Is(err, fault.Declined) {
		t.Errorf("charging an ended agreement: got %v, want declined", err)
	}
}

func TestThePayersNameIsRequestedWhereConfigured(t *testing.T) {
	for _, profile := range miniprogram.Profiles() {
		s := open(t, profile, func(c *miniprogram.Config, _ *simulator.Config) { c.UserInfo = true })
		payer, err := s.wallet.(wallet.Authenticator).ExchangeAuthCode(t.Context(), s.provider.AuthCode("alice"))
		if err != nil || payer.ID == "" || payer.Name == "" {
			t.Errorf("%s: got %+v and %v, want an id and a name", profile, payer, err)
		}
	}
}

func TestATokenThatIsTooOldIsRenewedOnceForTheName(t *testing.T) {
	s, far := watched(t, "generic-v2", func(c *miniprogram.Config, _ *simulator.Config) { c.UserInfo = true })
	s.provider.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "inquiryUserInfo", Code: "EXPIRED_ACCESS_TOKEN", Times: 1})
	payer, err := s.wallet.(wallet.Authenticator).ExchangeAuthCode(t.Context(), s.provider.AuthCode("alice"))
	if err != nil || payer.Name == "" || far.names() != "applyToken inquiryUserInfo applyToken inquiryUserInfo" {
		t.Errorf("got %+v and %v after %s", payer, err, far.names())
	}
}

func TestAPayerWithoutANameMayStillSignIn(t *testing.T) {
	s := open(t, "generic-v2", func(c *miniprogram.Config, _ *simulator.Config) { c.UserInfo = true })
	s.provider.Inject(simulator.Rule{Fault: simulator.ServerError, Endpoint: "inquiryUserInfo"})
	payer, err := s.wallet.(wallet.Authenticator).ExchangeAuthCode(t.Context(), s.provider.AuthCode("alice"))
	if err != nil || payer.ID == "" || payer.Name != "" {
		t.Errorf("got %+v and %v, want an id alone", payer, err)
	}
}

func TestCodesThatAreRefused(t *testing.T) {
	s := open(t, "generic-v2")
	authenticator := s.wallet.(wallet.Authenticator)
	for _, code := range []string{"", "nonsense", string(make([]byte, 5000))} {
		if _, err := authenticator.ExchangeAuthCode(t.Context(), code); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("a code of %d bytes: got %v, want unauthenticated", len(code), err)
		}
	}
	s.provider.Inject(simulator.Rule{Fault: simulator.UnknownUntouched, Endpoint: "applyToken", Times: 1})
	if _, err := authenticator.ExchangeAuthCode(t.Context(), s.provider.AuthCode("alice")); !errors.Is(err, fault.Unavailable) {
		t.Errorf("U: got %v, want unavailable", err)
	}
}

// publishedTokens is the example of an answer in the family's "applyToken" page.
const publishedTokens = `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"accessToken":"2810…","accessTokenExpiryTime":"2026-06-06T12:12:12+08:00","refreshToken":"2810…","refreshTokenExpiryTime":"2026-06-08T12:12:12+08:00","customerId":"1000001119398804xxxx"}`

// publishedExchange is the request beside it, v1.
const publishedExchange = `{"grantType":"AUTHORIZATION_CODE","authCode":"2810111301lGZcM9CjlF91WH00039190xxxx","extendInfo":"{\"customerBelongsTo\":\"siteNameExample\"}"}`

func TestThePublishedExchangeIsMadeAndUnderstood(t *testing.T) {
	far := &wire{body: publishedTokens}
	c := settings(t, "tng", "https://wallet.example")
	c.CustomerBelongsTo, c.Overrides.VerifyAnswer = "siteNameExample", new(miniprogram.Off)
	w := openWallet(t, c, wallet.Env{HTTP: clientOf(far)})
	got, err := w.SignAgreement(t.Context(), "2810111301lGZcM9CjlF91WH00039190xxxx")
	if err != nil || got.Payer.ID != "1000001119398804xxxx" || got.ExpiresAt.Format(time.RFC3339) != "2026-06-06T04:12:12Z" ||
		got.RefreshExpires.Format(time.RFC3339) != "2026-06-08T04:12:12Z" {
		t.Errorf("got payer %q until %v and %v", got.Payer.ID, got.ExpiresAt, err)
	}
	if far.text != publishedExchange {
		t.Errorf("request:\n got %s\nwant %s", far.text, publishedExchange)
	}
}

func TestTokensOfAnotherPayerAreNotAccepted(t *testing.T) {
	c := settings(t, "tng", "https://wallet.example")
	c.Overrides.VerifyAnswer = new(miniprogram.Off)
	w := openWallet(t, c, wallet.Env{HTTP: clientOf(&wire{body: publishedTokens})})
	_, err := w.RenewAgreement(t.Context(), wallet.Agreement{Payer: wallet.Payer{ID: "2"}, Refresh: "2810"})
	if !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want unknown", err)
	}
}
