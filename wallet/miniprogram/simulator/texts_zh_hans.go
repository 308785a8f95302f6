package simulator

var simplifiedChinese = &texts{
	Title:        "钱包模拟器",
	Test:         "测试",
	NotRealMoney: "这是模拟钱包，不会产生真实扣款。",

	PayTo:       "收款方",
	For:         "订单内容",
	OrderLabel:  "订单号",
	AmountLabel: "金额",
	Expires:     "剩余时间",
	Pay:         "立即支付",
	Authorize:   "授权",
	HoldNote:    "该金额现在冻结，稍后扣款。",

	TestOutcomes: "其他结果（仅供测试）",
	Decline:      "余额不足",
	Later:        "处理中（自动完成）",
	Cancel:       "取消",
	Leave:        "关闭，不返回结果",
	BackToShop:   "返回商家",
	Close:        "您可以关闭此页面。",

	Asks:         "请求您的授权",
	AsksScopes:   "小程序将获得：",
	Contract:     "免密支付签约",
	ContractBody: "商家可直接从此钱包扣款，无需每次确认。",
	Agree:        "同意",
	Sign:         "同意并签约",
	Refuse:       "拒绝",
	Agreed:       "您已同意",
	AgreedBody:   "小程序会收到一个一次性授权码。",
	Refused:      "您已拒绝",
	RefusedBody:  "未共享任何信息。",
	Code:         "授权码",

	MissingHeading: "此链接无效",
	MissingBody:    "链接可能不完整或已过期，请返回商家重试。",

	results: map[status][2]string{
		pending:    {"您尚未支付", "在到期之前，您仍可支付此订单。"},
		processing: {"支付处理中", "支付将自动完成。"},
		authorized: {"支付已授权", "该金额已为商家冻结。"},
		paid:       {"支付成功", "已通知商家。"},
		failed:     {"余额不足", "没有扣款。"},
		canceled:   {"支付已取消", "商家取消了此笔支付。"},
		expired:    {"支付已过期", "支付时间已过，没有扣款。"},
		voided:     {"资金已解冻", "冻结的金额已释放，没有扣款。"},
	},
}
