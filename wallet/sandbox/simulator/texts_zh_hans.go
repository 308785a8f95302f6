package simulator

var simplifiedChinese = map[string]string{
	"title":           "沙盒收银台",
	"notRealMoney":    "这是测试钱包，不会产生真实扣款。",
	"feeIncluded":     "其中手续费",
	"decline":         "拒绝支付",
	"later":           "稍后完成支付（自动完成）",
	"leave":           "不支付并离开",
	"missing.heading": "此支付链接无效",
	"missing.body":    "链接可能不完整，请返回商家重试。",

	"terms":           "条款",
	"limit":           "每次最多",
	"asksAgreement":   "请求以后直接从此钱包扣款，无需每次确认",
	"mayCharge":       "可直接从此钱包扣款，无需每次确认",
	"sign":            "同意并签约",
	"signAgain":       "重新签约",
	"refuse":          "拒绝",
	"endAgreement":    "解除协议",
	"code":            "授权码",
	"signed.heading":  "您已同意",
	"signed.body":     "商家会收到一个一次性授权码。",
	"refused.heading": "您已拒绝",
	"refused.body":    "未签署任何协议。",
	"ended.heading":   "协议已解除",
	"ended.body":      "商家不能再凭此协议从此钱包扣款。",
}
