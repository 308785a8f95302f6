package page

var simplifiedChinese = map[string]string{
	"test":         "测试",
	"notRealMoney": "这是模拟钱包，不会产生真实扣款。",

	"payTo":     "收款方",
	"for":       "订单内容",
	"order":     "订单号",
	"amount":    "金额",
	"timeLeft":  "剩余时间",
	"pay":       "立即支付",
	"authorize": "授权",
	"holdNote":  "该金额现在冻结，稍后扣款。",
	"qr":        "此笔支付的二维码",

	"testOutcomes": "其他结果（仅供测试）",
	"backToShop":   "返回商家",
	"close":        "您可以关闭此页面。",

	"missing.heading": "此链接无效",
	"missing.body":    "链接可能不完整或已过期，请返回商家重试。",

	"pending.heading":    "您尚未支付",
	"pending.body":       "在到期之前，您仍可支付此订单。",
	"processing.heading": "支付处理中",
	"processing.body":    "支付将自动完成。",
	"authorized.heading": "支付已授权",
	"authorized.body":    "该金额已为商家冻结。",
	"paid.heading":       "支付成功",
	"paid.body":          "已通知商家。",
	"failed.heading":     "支付被拒绝",
	"failed.body":        "没有扣款。",
	"canceled.heading":   "支付已取消",
	"canceled.body":      "商家取消了此笔支付。",
	"expired.heading":    "支付已过期",
	"expired.body":       "支付时间已过，没有扣款。",
	"voided.heading":     "资金已解冻",
	"voided.body":        "冻结的金额已释放，没有扣款。",
}
