package simulator

var simplifiedChinese = map[string]string{
	"title": "钱包模拟器",

	"decline":        "余额不足",
	"later":          "处理中（自动完成）",
	"cancel":         "取消",
	"leave":          "关闭，不返回结果",
	"failed.heading": "余额不足",

	"asks":            "请求您的授权",
	"asksScopes":      "小程序将获得：",
	"contract":        "免密支付签约",
	"contractBody":    "商家可直接从此钱包扣款，无需每次确认。",
	"agree":           "同意",
	"sign":            "同意并签约",
	"refuse":          "拒绝",
	"agreed.heading":  "您已同意",
	"agreed.body":     "小程序会收到一个一次性授权码。",
	"refused.heading": "您已拒绝",
	"refused.body":    "未共享任何信息。",
	"code":            "授权码",
}
