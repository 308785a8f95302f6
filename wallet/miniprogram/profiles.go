package miniprogram

import "time"

// profiles are the wallets whose ways are known. What no document says is a guess, and
// is marked as one: overrides exist for when it is wrong.
var profiles = map[string]Profile{
	"generic-v1": with(v1, func(p *Profile) {
		p.CanAgree = true
	}),
	"generic-v2": with(v2, func(p *Profile) {
		p.CanHold, p.CanAgree = true, true
	}),
	"gcash": with(v2, func(p *Profile) {
		p.PathPrefix = "/api" // of the older portal; the live one is a guess
		p.Currencies = "PHP"
	}),
	"tng": with(v1, func(p *Profile) {
		p.PathPrefix = "/acl/api"
		p.UserInfoPath = "customers/user/inquiryUserInfoByAccessToken"
		p.Currencies = "MYR"
		p.CanAgree, p.AgreementClient = true, true
	}),
	"superqi": with(v1, func(p *Profile) {
		p.PathPrefix = ""
		p.Encoding, p.TimeFormat = Base64, ISOSeconds
		p.VerifyAnswer = IfPresent // whether its gateway signs is not known
		p.PartnerID, p.AppID, p.MCC = false, AppIDNowhere, false
		p.ProductCode = "51051000101000000011"
		p.HoldProduct = "51051000101000000012"
		p.PaymentFactor, p.Title, p.OrderAsText = false, false, false
		p.Buyer, p.Env = true, EnvNowhere
		p.ReturnField = "paymentRedirectUrl"
		p.CanCancel, p.CanHold, p.CanAgree, p.SingleCapture = true, true, true, true
		p.Currencies = "IQD"
	}),
	"rebell": with(v1, func(p *Profile) {
		p.Encoding = Base64
		p.PartnerID, p.AppID, p.MCC = false, AppIDInside, false
		p.ProductCode, p.AgreementCode, p.NeedsProduct = "", "", true
		p.PaymentFactor, p.Title, p.OrderAsText = false, false, false
		p.Env = EnvInOrder
		p.ReturnField = "paymentRedirectUrl"
		p.RefundPath, p.RefundNotify = "/v2/payments/refundApply", true // of v1 nothing is known
		p.InquiryRefundPath = "/v2/payments/inquiryRefund"
		p.CanCancel, p.CanAgree, p.AgreementTerms = true, true, true
		p.Currencies = "EUR"
	}),
	"vodapay": with(v2, func(p *Profile) {
		p.PathPrefix = "/api/open" // a guess
		p.Encoding, p.Separator = Base64, ","
		p.VerifyAnswer = IfPresent
		p.NeedsAppID = false
		p.SalesCode = "51051000101000000011"
		p.QueryFirst = true
		p.Currencies = "ZAR"
	}),
	"alipayplus": with(v2, func(p *Profile) {
		p.PathPrefix, p.Version = "/aps/api", "v1"
		p.AppID, p.NeedsAppID, p.AuthClient = AppIDNowhere, false, false
		p.ProductCode, p.AgreementCode = "", "" // a guess: its factor says it all
		p.PaymentFactor, p.GoodsAsList, p.TextOnly = true, true, true
	}),
	"ams": with(v2, func(p *Profile) {
		p.PathPrefix, p.Version, p.SandboxPath = "/ams/api", "v1", true
		p.RevokePath = "authorizations/revoke"
		p.TimeFormat, p.Separator = EpochMillis, ","
		p.AppID, p.NeedsAppID, p.AuthClient = AppIDNowhere, false, false
		p.Env, p.GoodsAsList, p.TextOnly = EnvMember, true, true // the first is a guess
		p.ExpiryMost = 10 * time.Minute
		p.NotifyStatus = ResultMember
	}),
}

// common is what the whole family does.
var common = Profile{
	PathPrefix: "/api/open", RefundPath: "payments/refund", InquiryRefundPath: "payments/inquiryRefund",
	// Of these two only the older version is documented.
	VoidPath: "/v1/payments/void", RevokePath: "/v1/authorizations/cancelToken",
	Encoding: Percent, TimeFormat: ISOMillis, Separator: ", ", Algorithm: "RSA256",
	VerifyAnswer: Required, SignReply: true, CheckTime: true, TimeTolerance: 5 * time.Minute,
	AppID: AppIDMember, NotifyStatus: PaymentMembers,
}

// v1 is the older dialect: a partner, a title, and the order as text.
var v1 = with(common, func(p *Profile) {
	p.Version, p.UserInfoPath = "v1", "users/inquiryUserInfo"
	p.PartnerID, p.BelongsTo = true, BelongsInside
	p.ProductCode = "51051000101000100001"   // of one v1 wallet; of others a guess
	p.AgreementCode = "51051000101000100031" // likewise
	p.AgreementToken = "paymentAuthCode"
	p.PaymentFactor, p.Title, p.OrderAsText, p.MCC = true, true, true, true
	p.Env, p.ReturnField = EnvInfo, "paymentReturnUrl"
})

// v2 is the newer dialect: an app and an order.
var v2 = with(common, func(p *Profile) {
	p.Version, p.UserInfoPath = "v2", "users/inquiryUserInfo"
	p.NeedsAppID, p.AuthClient, p.BelongsTo = true, true, BelongsMember
	p.ProductCode, p.AgreementCode = "CASHIER_PAYMENT", "AGREEMENT_PAYMENT"
	p.AgreementToken = "accessToken"
	p.Env, p.ReturnField = EnvInOrder, "paymentRedirectUrl"
	p.CanCancel = true
})

func with(p Profile, change func(*Profile)) Profile {
	change(&p)
	return p
}
