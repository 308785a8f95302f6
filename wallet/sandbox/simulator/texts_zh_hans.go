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
}
