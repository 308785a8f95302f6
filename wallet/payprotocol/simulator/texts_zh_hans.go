package simulator

var simplifiedChinese = map[string]string{
	"title":   "Pay Protocol（模拟）",
	"price":   "价格",
	"network": "网络",
	"address": "地址",
	"token":   "支付币种",
	"change":  "更改",

	"received": "已收到",
	"sum":      "转账金额",
	"send":     "转账",
	"under":    "转账 60%",
	"over":     "转账 110%",
	"much":     "转账 150%",
	"fail":     "等待超时",

	"refunded.heading": "已退款",
	"refunded.body":    "款项已退回原地址。",

	"refundOf":  "退款方",
	"refund":    "退款",
	"refundSum": "退款金额",
	"approve":   "批准",
	"reject":    "拒绝",
	"review":    "转入复核",

	"refundDone.heading":     "退款已发送",
	"refundDone.body":        "已通知商家。",
	"refundInBlock.heading":  "退款处理中",
	"refundInBlock.body":     "转账正在等待区块确认。",
	"refundFailed.heading":   "退款失败",
	"refundFailed.body":      "转账未成功，没有资金变动。",
	"refundRejected.heading": "退款被拒绝",
	"refundRejected.body":    "没有资金变动，已通知商家。",
}
