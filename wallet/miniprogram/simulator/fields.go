package simulator

import (
	"maps"
	"slices"
)

// The product codes that say more than "cashier".
const (
	productOnline         = "51051000101000000011"
	productHold           = "51051000101000000012"
	productAgreement      = "51051000101000100031"
	productAgreementWords = "AGREEMENT_PAYMENT"
)

// The rules of the calls, by dialect. Only what the documents demand is demanded; what
// is optional must still have its form.
var (
	partner = must(textField("partnerId", 32))

	fieldsV1 = family([]field{partner}, []field{
		partner, textField("appId", 32), textField("productCode", 32),
		must(textField("paymentOrderTitle", 256)), must(objectField("paymentFactor")),
		orderField("extraParams.ORDER"), textField("paymentAuthCode", 128), objectField("envInfo"),
		textField("mcc", 32), linkField("paymentReturnUrl"),
	}, []field{textField("appId", 32)})

	fieldsV2 = family(nil, slices.Concat([]field{must(textField("appId", 32))}, orderFields, []field{
		textField("productCode", 32), textField("salesCode", 32), linkField("paymentRedirectUrl"),
	}), []field{must(textField("appId", 32)), textField("authClientId", 128)})

	fieldsVoda = family(nil, slices.Concat([]field{textField("appId", 32)}, orderFields, []field{
		textField("productCode", 32), textField("salesCode", 32), linkField("paymentRedirectUrl"),
	}), []field{textField("appId", 32), textField("authClientId", 128)})

	fieldsQi = family(nil, slices.Concat([]field{
		must(textField("productCode", 32)), must(objectField("order")),
		must(textField("order.orderDescription", 256)), must(textField("order.buyer.referenceBuyerId", 64)),
		textField("paymentAuthCode", 128), linkField("voidNotifyUrl"), linkField("paymentRedirectUrl"),
	}, orderFields), nil)

	fieldsRebell = family(nil, slices.Concat([]field{
		must(textField("productCode", 32)), textField("paymentAuthCode", 128), textField("accessToken", 128),
		linkField("cashierNotifyUrl"), linkField("paymentRedirectUrl"),
	}, orderFields), []field{textField("referenceClientId", 16)})

	fieldsGlobal = family(nil, slices.Concat(orderFields, []field{
		textField("productCode", 32), linkField("paymentRedirectUrl"),
	}), nil)

	orderFields = []field{
		objectField("order"), textField("order.referenceOrderId", 64), textField("order.orderDescription", 256),
		moneyField("order.orderAmount"), objectField("order.env"), textField("order.buyer.referenceBuyerId", 64),
		textField("paymentMethod.paymentMethodType", 32), textField("paymentMethod.paymentMethodId", 128),
	}
)

// family is what all dialects share, with what one adds to every payment call, to pay
// and to the calls about users.
func family(each, pay, user []field) map[endpoint][]field {
	payment := []field{idField("paymentId"), idField("paymentRequestId"), textField("extendInfo", 4096)}
	shared := map[endpoint][]field{
		applyToken: slices.Concat(user, []field{
			must(textField("grantType", 32)), textField("authCode", 128), textField("refreshToken", 128), textField("extendInfo", 4096),
		}),
		cancelToken: {must(textField("accessToken", 128)), textField("extendInfo", 4096)},
		prepare: slices.Concat(each, user, []field{
			must(textField("scopes", 256)), textField("referenceClientId", 128), jsonField("extendInfo", 4096),
		}),
		inquiryUserInfo: slices.Concat(user, []field{must(textField("accessToken", 128))}),
		payEndpoint: {
			must(idField("paymentRequestId")), must(moneyField("paymentAmount")), timeField("paymentExpiryTime"),
			linkField("paymentNotifyUrl"), textField("extendInfo", 4096), objectField("paymentFactor"),
		},
		inquiryPayment: payment,
		cancelPayment:  payment,
		refundPayment: slices.Concat(payment, []field{
			must(idField("refundRequestId")), must(moneyField("refundAmount")), textField("refundReason", 256),
			idField("captureId"), linkField("refundNotifyUrl"),
		}),
		inquiryRefund:  {idField("refundId"), idField("refundRequestId"), textField("extendInfo", 4096)},
		capturePayment: slices.Concat(payment, []field{must(idField("captureRequestId")), must(idField("paymentId")), moneyField("captureAmount")}),
		voidPayment:    slices.Concat(payment, []field{must(idField("voidRequestId"))}),
	}
	all := maps.Clone(shared)
	for _, e := range []endpoint{payEndpoint, inquiryPayment, refundPayment, inquiryRefund} {
		all[e] = slices.Concat(each, shared[e])
	}
	all[payEndpoint] = slices.Concat(pay, all[payEndpoint])
	return all
}
