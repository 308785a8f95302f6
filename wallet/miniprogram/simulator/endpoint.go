package simulator

import (
	"maps"
	"time"
)

// endpoint is a call of the API, by the name that rules of faults use.
type endpoint string

const (
	applyToken      endpoint = "applyToken"
	cancelToken     endpoint = "cancelToken"
	prepare         endpoint = "prepare"
	inquiryUserInfo endpoint = "inquiryUserInfo"
	payEndpoint     endpoint = "pay"
	inquiryPayment  endpoint = "inquiryPayment"
	cancelPayment   endpoint = "cancel"
	refundPayment   endpoint = "refund"
	inquiryRefund   endpoint = "inquiryRefund"
	capturePayment  endpoint = "capture"
	voidPayment     endpoint = "void"
)

// operations are what the endpoints do. They run with the lock held.
var operations = map[endpoint]func(*Provider, node, time.Time) *reply{
	applyToken:      (*Provider).applyToken,
	cancelToken:     (*Provider).cancelToken,
	prepare:         (*Provider).prepare,
	inquiryUserInfo: (*Provider).userInfo,
	payEndpoint:     (*Provider).pay,
	inquiryPayment:  (*Provider).inquire,
	cancelPayment:   (*Provider).cancel,
	refundPayment:   (*Provider).refund,
	inquiryRefund:   (*Provider).inquireRefund,
	capturePayment:  (*Provider).capture,
	voidPayment:     (*Provider).void,
}

// routes are the paths below a prefix. What has only ever been documented as v1 is
// served as v1 too where the rest is v2.
func routes(version string, more map[string]endpoint) map[string]endpoint {
	table := map[string]endpoint{
		"/v1/authorizations/cancelToken": cancelToken,
		"/v1/payments/void":              voidPayment,
	}
	for path, e := range map[string]endpoint{
		"/authorizations/applyToken":  applyToken,
		"/authorizations/cancelToken": cancelToken,
		"/authorizations/prepare":     prepare,
		"/users/inquiryUserInfo":      inquiryUserInfo,
		"/payments/pay":               payEndpoint,
		"/payments/inquiryPayment":    inquiryPayment,
		"/payments/cancel":            cancelPayment,
		"/payments/refund":            refundPayment,
		"/payments/refundApply":       refundPayment,
		"/payments/inquiryRefund":     inquiryRefund,
		"/payments/capture":           capturePayment,
		"/payments/void":              voidPayment,
	} {
		table["/"+version+path] = e
	}
	maps.Copy(table, more)
	return table
}

// without leaves endpoints out that a wallet does not have.
func without(table map[string]endpoint, gone ...endpoint) map[string]endpoint {
	for _, e := range gone {
		maps.DeleteFunc(table, func(_ string, there endpoint) bool { return there == e })
	}
	return table
}
