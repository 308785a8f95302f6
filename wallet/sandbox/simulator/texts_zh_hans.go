package simulator

var simplifiedChinese = &texts{
	Lang: "zh-Hans", Dir: "ltr",

	Title:          "沙盒收银台",
	Test:           "测试",
	NotRealMoney:   "这是测试钱包，不会产生真实扣款。",
	PayTo:          "收款方",
	For:            "订单内容",
	AmountLabel:    "金额",
	FeeIncluded:    "其中手续费",
	Expires:        "剩余时间",
	Pay:            "立即支付",
	TestOutcomes:   "其他结果（仅供测试）",
	Decline:        "拒绝支付",
	Later:          "稍后完成支付（自动完成）",
	Leave:          "不支付并离开",
	BackToShop:     "返回商家",
	Close:          "您可以关闭此页面。",
	MissingHeading: "此支付链接无效",
	MissingBody:    "链接可能不完整，请返回商家重试。",

	results: map[status][2]string{
		pending:    {"您尚未支付", "在到期之前，您仍可支付此订单。"},
		processing: {"支付处理中", "支付将自动完成。"},
		authorized: {"支付已授权", "该金额已为商家冻结。"},
		paid:       {"支付成功", "已通知商家。"},
		failed:     {"支付被拒绝", "没有扣款。"},
		canceled:   {"支付已取消", "商家取消了此笔支付。"},
		expired:    {"支付已过期", "支付时间已过，没有扣款。"},
		voided:     {"资金已解冻", "冻结的金额已释放，没有扣款。"},
	},
}
