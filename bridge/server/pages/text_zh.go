package pages

var simplifiedChinese = text{
	States: map[state]said{
		loading:    {"正在准备付款", "请稍候，页面会自动继续。", "您可以离开此页面，目前没有扣款。"},
		ready:      {"向 {merchant} 付款", "钱包确认后，此页面会立即显示结果。", "可以放心关闭页面，付款不受影响。"},
		waiting:    {"正在等待钱包确认", "钱包尚未告知我们结果，通常只需几秒钟。", "您可以离开：付款不依赖此页面。请勿重复付款。"},
		authorized: {"付款已授权", "金额已在您的钱包中预留，{merchant} 确认订单后才会扣款。", "您无需再做任何操作。"},
		paid:       {"已付款", "谢谢！您向 {merchant} 的付款已完成。", "您可以关闭此页面。"},
		failed:     {"付款失败", "您的钱包没有完成这笔付款。", "您可以返回商店重试。"},
		canceled:   {"已取消", "此订单已取消，无需付款。", "如仍需购买，请在商店重新下单。"},
		expired:    {"付款时间已过", "此订单未在规定时间内付款，已关闭。", "如仍需购买，请在商店重新下单。"},
		voided:     {"预留金额已释放", "{merchant} 没有收取预留的金额，您的钱包会恢复该金额。", "您无需再做任何操作。"},
		attention:  {"我们正在核对这笔付款", "这笔付款有些不一致，{merchant} 的工作人员正在处理。", "请勿再次付款，并保留订单号以便查询。"},
		reversed:   {"付款已被撤回", "您的钱包曾确认这笔付款，之后又将其撤回。", "再次付款前请先联系 {merchant}，并保留订单号。"},
		unknown:    {"找不到此订单", "链接可能不完整或已过期。", "请从商店或钱包重新打开。"},
	},
	Merchant: "商店", PayTo: "收款方", Amount: "金额", What: "内容", Items: "订单内容",
	OrderNumber: "订单号", Reference: "商户单号", Refunded: "已退款", RefundPending: "退款处理中",
	TimeLeft: "剩余付款时间", Minutes: "%d 分钟", LessThanAMinute: "不到一分钟",

	OpenWallet: "用钱包付款", OpenApp: "打开钱包应用",
	Scan: "用钱包扫码付款", ScanOther: "或用另一部手机扫码", QRLabel: "此付款的二维码",
	ChooseMethod: "请选择付款方式", InApp: "请在打开此页面的应用中继续。",

	Attention: "{merchant} 的工作人员会再核对这笔付款。您无需操作，请勿再次付款。",

	Back: "返回商店", Close: "您可以关闭此页面。",
	Leaving: "{seconds} 秒后返回商店", Stay: "留在此页",
	Offline:    "网络已断开。我们会继续尝试，一有结果立即显示。",
	Refreshing: "此页面每隔几秒自动更新。",
	Languages:  "语言",
}
