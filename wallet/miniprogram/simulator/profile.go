package simulator

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// profile describes one wallet of the family. Every difference between two wallets is a member
// here, and no code depends on a wallet's name.
type profile struct {
	prefixes      []string // of all paths; several where documents contradict each other
	sandboxPrefix string   // instead, for clients whose id begins with SANDBOX_
	endpoints     map[string]endpoint
	fields        map[endpoint][]field

	separator string        // between the members of the Signature header
	form      signatureForm // of the signatures it makes
	times     timeStyle     // of Request-Time and Response-Time
	zone      *time.Location
	anonymous bool // notifications have no Client-Id header, though it is signed

	numbersIn   bool     // amounts may come as numbers
	textScalars bool     // every scalar must be a string that is not empty
	products    []string // the only product codes there are; nil: any
	returnURL   string   // the member with the browser's way back
	factorMust  bool     // paymentFactor must say what kind of payment it is

	redirect        func(url string) reply // where the pay answer has the payment URL
	prepared        func(a *agreement, url, client string) *reply
	result          bool   // news and inquiries report by paymentResult, else by paymentStatus
	notifyType      bool   // news reports by notifyType and a result, processing too; inquiries add a code
	inquiryByResult bool   // inquiries report by paymentResult instead of paymentStatus
	cashierNotified bool   // the payment URL is also sent to cashierNotifyUrl
	partnerNamed    bool   // news names the partner
	createTime      string // the member of news with the creation time
	canceled        string // paymentStatus of what the merchant canceled
	processing      string // paymentStatus of what was paid and is not finished

	expiry         time.Duration // of payments that name none
	expiryMost     time.Duration // the latest expiry accepted; 0: any
	expiryNotified bool          // news of an expired payment is sent
	oneCapture     bool
	keepsPaid      bool // a paid payment cannot be canceled
	retryRefused   bool // news answered with F is sent again
}

// Profiles are the names of the profiles, sorted.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles)) }

// The zones in which the wallets write their times.
var (
	china    = time.FixedZone("", 8*3600) // and Malaysia, and the Philippines
	baghdad  = time.FixedZone("", 3*3600)
	pretoria = time.FixedZone("", 2*3600)
)

const quarter = 15 * time.Minute

var profiles = map[string]*profile{
	"generic-v1": {
		prefixes: []string{"/api/open", "/api"}, endpoints: routes("v1", nil), fields: fieldsV1,
		separator: ", ", form: percentForm, times: isoMillis, zone: china,
		returnURL: "paymentReturnUrl", factorMust: true, redirect: byActionForm, prepared: byAuthURL,
		partnerNamed: true, canceled: "CANCELLED", processing: "PROCESSING", expiry: quarter, expiryNotified: true,
	},
	"generic-v2": {
		prefixes: []string{"/api/open", "/api"}, endpoints: routes("v2", nil), fields: fieldsV2,
		separator: ", ", form: percentForm, times: isoMillis, zone: china,
		returnURL: "paymentRedirectUrl", redirect: byRedirectionURL, prepared: byAuthURL,
		result: true, createTime: "paymentCreateTime", canceled: "FAIL", processing: "PROCESSING",
		expiry: quarter, expiryNotified: true,
	},
	"gcash": {
		prefixes: []string{"/api"}, endpoints: routes("v2", nil), fields: fieldsV2,
		separator: ", ", form: percentForm, times: isoMillis, zone: china,
		returnURL: "paymentRedirectUrl", redirect: byRedirectionURL, prepared: byAuthURL,
		result: true, createTime: "paymentCreateTime", canceled: "FAIL", processing: "PROCESSING",
		expiry: quarter, expiryNotified: true,
	},
	"tng": {
		prefixes: []string{"/acl/api"}, fields: fieldsV1,
		endpoints: without(routes("v1", map[string]endpoint{
			"/v1/customers/user/inquiryUserInfoByAccessToken": inquiryUserInfo,
		}), cancelPayment),
		separator: ", ", form: percentForm, times: isoMillis, zone: china,
		returnURL: "paymentReturnUrl", factorMust: true, redirect: byActionForm, prepared: byAuthID,
		result: true, canceled: "CANCELLED", processing: "PROCESSING", expiry: quarter,
	},
	"superqi": {
		prefixes: []string{""}, endpoints: routes("v1", nil), fields: fieldsQi,
		separator: ", ", form: plainForm, times: isoSeconds, zone: baghdad,
		products:  []string{productOnline, productHold, productAgreement},
		returnURL: "paymentRedirectUrl", redirect: byRedirectURL, prepared: byAuthURL,
		canceled: "FAIL", processing: "PROCESSING", expiry: quarter, oneCapture: true, keepsPaid: true,
	},
	"rebell": {
		prefixes: []string{"/api/open", ""}, fields: fieldsRebell, numbersIn: true,
		endpoints: routes("v1", map[string]endpoint{
			"/v2/payments/refundApply": refundPayment, "/v2/payments/inquiryRefund": inquiryRefund,
			"/v2/authorizations/applyToken": applyToken, "/v2/authorizations/prepare": prepare,
		}),
		separator: ", ", form: plainForm, times: isoMillis, zone: time.UTC, anonymous: true,
		returnURL: "paymentRedirectUrl", redirect: byRedirectionURL, prepared: byAuthURL,
		cashierNotified: true, createTime: "paymentCreatedTime", canceled: "FAIL", processing: "PROCESSING", expiry: quarter,
	},
	"vodapay": {
		prefixes: []string{"/api/open", "/api", ""}, endpoints: routes("v2", nil), fields: fieldsVoda,
		separator: ",", form: percentForm, times: isoMillis, zone: pretoria,
		returnURL: "paymentRedirectUrl", redirect: byRedirectURL, prepared: byAuthURL,
		result: true, createTime: "paymentCreateTime", canceled: "FAIL", processing: "PROCESSING", expiry: quarter,
	},
	"alipayplus": {
		prefixes: []string{"/aps/api"}, endpoints: routes("v1", nil), fields: fieldsGlobal,
		separator: ", ", form: percentForm, times: isoMillis, zone: china, textScalars: true,
		returnURL: "paymentRedirectUrl", redirect: byNormalURL, prepared: byAuthURL,
		result: true, inquiryByResult: true, canceled: "CANCELLED", processing: "PROCESSING",
		expiry: quarter, expiryNotified: true, retryRefused: true,
	},
	"ams": {
		prefixes: []string{"/ams/api"}, sandboxPrefix: "/ams/sandbox/api", fields: fieldsGlobal,
		endpoints: routes("v1", map[string]endpoint{"/v1/authorizations/revoke": cancelToken}),
		separator: ",", form: percentForm, times: epochMillis, zone: china, textScalars: true,
		returnURL: "paymentRedirectUrl", redirect: byNormalURL, prepared: byAuthURL,
		notifyType: true, createTime: "paymentCreateTime", canceled: "CANCELLED", processing: "PENDING",
		expiry: 14 * time.Minute, expiryMost: 10 * time.Minute, expiryNotified: true, retryRefused: true,
	},
}

// route returns the endpoint of a path below the public URL. It is empty for a path that looks
// like a call's and is none; ok is false for one of another kind.
func (p *profile) route(path, clientID string) (e endpoint, ok bool) {
	prefixes := p.prefixes
	if p.sandboxPrefix != "" && strings.HasPrefix(clientID, "SANDBOX_") {
		prefixes = []string{p.sandboxPrefix}
	}
	for _, prefix := range prefixes {
		rest, found := strings.CutPrefix(path, prefix)
		if e := p.endpoints[rest]; found && e != "" {
			return e, true
		}
		ok = ok || found && (strings.HasPrefix(rest, "/v1/") || strings.HasPrefix(rest, "/v2/"))
	}
	return "", ok
}

// Where the pay answer has the payment URL.

func byActionForm(url string) reply {
	return reply{ActionForm: &actionForm{ActionFormType: "REDIRECTION", RedirectionURL: url}}
}

func byRedirectionURL(url string) reply {
	return reply{RedirectActionForm: &actionForm{Method: "POST", RedirectionURL: url}}
}

func byRedirectURL(url string) reply {
	return reply{RedirectActionForm: &actionForm{
		ActionFormType: "RedirectActionForm", Method: "GET", Parameters: map[string]string{}, RedirectURL: url,
	}}
}

func byNormalURL(url string) reply {
	r := byRedirectURL(url)
	r.NormalURL = url
	return r
}

// What prepare answers.

func byAuthURL(_ *agreement, url, _ string) *reply { return &reply{Result: success(), AuthURL: url} }

func byAuthID(a *agreement, url, client string) *reply {
	return &reply{Result: success(), AuthURLCapital: url, AuthID: a.id, AuthClientID: client}
}
