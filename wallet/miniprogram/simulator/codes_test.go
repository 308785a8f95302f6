package simulator_test

import (
	"testing"
	"time"
)

func (s *till) token(grant, name, value string) reply {
	s.Helper()
	return s.call("authorizations/applyToken", fields{"appId": "1", "grantType": grant, name: value})
}

func TestACodeIsExchangedOnce(t *testing.T) {
	s := newTill(t, "generic-v2")
	code := s.AuthCode("ann")
	first := s.token("AUTHORIZATION_CODE", "authCode", code)
	if first.word() != "S/SUCCESS" || first.text("accessToken") == "" || first.text("refreshToken") == "" || first.text("customerId") == "" {
		t.Errorf("got %s, want tokens and a customer", first.Body)
	}
	want(t, "again", s.token("AUTHORIZATION_CODE", "authCode", code).word(), "F/USED_CODE")
	want(t, "unknown", s.token("AUTHORIZATION_CODE", "authCode", "X").word(), "F/INVALID_CODE")
	wantIllegal(t, s.token("AUTHORIZATION_CODE", "other", "X"), "authCode")
	want(t, "another grant", s.token("PASSWORD", "authCode", "X").word(), "F/AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE")
	old := s.AuthCode("ann")
	s.clock.Advance(3*time.Minute + time.Second)
	want(t, "too old", s.token("AUTHORIZATION_CODE", "authCode", old).word(), "F/EXPIRED_CODE")
	again := s.token("AUTHORIZATION_CODE", "authCode", s.AuthCode("ann"))
	other := s.token("AUTHORIZATION_CODE", "authCode", s.AuthCode("bob"))
	want(t, "the same user", again.text("customerId"), first.text("customerId"))
	if other.text("customerId") == first.text("customerId") {
		t.Error("two users are one customer")
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	s := newTill(t, "generic-v2")
	first := s.token("AUTHORIZATION_CODE", "authCode", s.AuthCode("ann"))
	second := s.token("REFRESH_TOKEN", "refreshToken", first.text("refreshToken"))
	want(t, "refresh", second.word(), "S/SUCCESS")
	want(t, "customer", second.text("customerId"), first.text("customerId"))
	want(t, "again", s.token("REFRESH_TOKEN", "refreshToken", first.text("refreshToken")).word(), "F/USED_REFRESH_TOKEN")
	want(t, "unknown", s.token("REFRESH_TOKEN", "refreshToken", "X").word(), "F/INVALID_REFRESH_TOKEN")
	want(t, "the old access token", s.user(first.text("accessToken")).word(), "F/INVALID_ACCESS_TOKEN")
	want(t, "the new one", s.user(second.text("accessToken")).word(), "S/SUCCESS")
	s.clock.Advance(25 * time.Hour)
	want(t, "a day later", s.user(second.text("accessToken")).word(), "F/EXPIRED_ACCESS_TOKEN")
	s.clock.Advance(30 * 24 * time.Hour)
	want(t, "a month later", s.token("REFRESH_TOKEN", "refreshToken", second.text("refreshToken")).word(), "F/EXPIRED_REFRESH_TOKEN")
}

func (s *till) user(token string) reply {
	s.Helper()
	return s.call("users/inquiryUserInfo", fields{"appId": "1", "accessToken": token})
}

func TestEachPathReportsTheUser(t *testing.T) {
	for profile, path := range map[string]string{
		"superqi": "users/inquiryUserInfo", "generic-v2": "users/inquiryUserInfo", "tng": "customers/user/inquiryUserInfoByAccessToken",
	} {
		s := newTill(t, profile)
		tokens := s.token("AUTHORIZATION_CODE", "authCode", s.AuthCode("ann"))
		got := s.call(path, fields{"appId": "1", "accessToken": tokens.text("accessToken")})
		info, _ := got.fields["userInfo"].(map[string]any)
		if got.word() != "S/SUCCESS" || info["nickName"] != "ann" || info["userId"] != tokens.text("customerId") {
			t.Errorf("%s: got %s", profile, got.Body)
		}
	}
}

func TestACanceledTokenIsRevoked(t *testing.T) {
	s := newTill(t, "superqi")
	tokens := s.token("AUTHORIZATION_CODE", "authCode", s.AuthCode("ann"))
	end := fields{"accessToken": tokens.text("accessToken")}
	want(t, "cancel", s.call("authorizations/cancelToken", end).word(), "S/SUCCESS")
	want(t, "again", s.call("authorizations/cancelToken", end).word(), "F/INVALID_ACCESS_TOKEN")
	want(t, "access", s.user(tokens.text("accessToken")).word(), "F/INVALID_ACCESS_TOKEN")
	want(t, "refresh", s.token("REFRESH_TOKEN", "refreshToken", tokens.text("refreshToken")).word(), "F/INVALID_REFRESH_TOKEN")
}

func TestAnAgreementIsChargedAtOnce(t *testing.T) {
	for profile, c := range map[string]struct{ url, token string }{
		"superqi": {"authUrl", "paymentAuthCode"}, "tng": {"authURL", "paymentAuthCode"}, "rebell": {"authUrl", "accessToken"},
	} {
		t.Run(profile, func(t *testing.T) {
			s := newTill(t, profile)
			prepared := s.call("authorizations/prepare", s.named(fields{"scopes": "AGREEMENT_PAY", "extendInfo": `{"contractTitle":"Coffee"}`}))
			if address := prepared.text(c.url); prepared.word() != "S/SUCCESS" || len(address) > 256 {
				t.Fatalf("prepare: got %s", prepared.Body)
			}
			code, err := s.SigningCode(prepared.text(c.url), "ann")
			if err != nil {
				t.Fatal(err)
			}
			token := s.token("AUTHORIZATION_CODE", "authCode", code).text("accessToken")
			body := change(change(s.paying("A"), "productCode", "51051000101000100031"), c.token, token)
			want(t, "pay", s.call("payments/pay", body).word(), "S/SUCCESS")
			want(t, "repeat", s.call("payments/pay", body).word(), "S/SUCCESS")
			s.wantBooks("A", "PAID", 1234, 0)
			if n := s.RunOnce(t.Context()); n != 0 {
				t.Errorf("attempts to notify: got %d, want none for what was answered at once", n)
			}
		})
	}
}

func TestOnlyAgreementsAreCharged(t *testing.T) {
	s := newTill(t, "superqi")
	sessionToken := s.token("AUTHORIZATION_CODE", "authCode", s.AuthCode("ann")).text("accessToken")
	body := change(s.paying("A"), "productCode", "51051000101000100031")
	want(t, "no token", s.call("payments/pay", body).word(), "F/INVALID_ACCESS_TOKEN")
	want(t, "a token of a session", s.call("payments/pay", change(body, "paymentAuthCode", sessionToken)).word(), "F/ACCESS_DENIED")
	if _, err := s.SigningCode("https://wallet.example/sim/authorize?authId=1&sign=x", "ann"); err == nil {
		t.Error("a contract that was not prepared was signed")
	}
	want(t, "another scope", s.call("authorizations/prepare", fields{"scopes": "auth_user"}).word(), "F/PARAM_ILLEGAL")
}

func TestChangesOfAContractAreNotified(t *testing.T) {
	s := newTill(t, "rebell")
	prepared := s.call("authorizations/prepare", fields{
		"scopes": "AGREEMENT_PAY", "referenceClientId": "AG1", "extendInfo": `{"contractStatusNotifyUrl":"` + notifyURL + `"}`,
	})
	code, err := s.SigningCode(prepared.text("authUrl"), "ann")
	if err != nil {
		t.Fatal(err)
	}
	s.RunOnce(t.Context())
	token := s.token("AUTHORIZATION_CODE", "authCode", code).text("accessToken")
	if err := s.EndAgreement(token); err != nil {
		t.Fatal(err)
	}
	s.RunOnce(t.Context())
	s.wantReported(
		`{"authorizationNotifyType":"AUTHCODE_CREATED","referenceAgreementId":"AG1","authCode":"`+code+`"}`,
		`{"authorizationNotifyType":"TOKEN_CANCELED","referenceAgreementId":"AG1","accessToken":"`+token+`"}`,
	)
	if n := len(s.Deliveries("AG1")); n != 2 {
		t.Errorf("deliveries about the contract: got %d, want 2", n)
	}
	want(t, "its token", s.user(token).word(), "F/INVALID_ACCESS_TOKEN")
	if s.EndAgreement(token) == nil || s.EndAgreement("X") == nil {
		t.Error("what is no contract was ended")
	}
}
