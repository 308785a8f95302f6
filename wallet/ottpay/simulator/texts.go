package simulator

import (
	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// texts are the checkout's own texts beside the shell's.
var texts = page.Texts{
	design.English: {
		"title": "OTT Pay simulator", "method": "Pay with", "tip": "Tip", "fee": "Convenience fee", "decline": "Declined by the bank",
		"later": "Processing (completes by itself)", "leave": "Leave without paying",
		"method.WECHATPAY": "WeChat Pay", "method.ALIPAY": "Alipay", "method.UNIONPAY": "UnionPay", "method.GP": "Card",
	},
	design.SimplifiedChinese: {
		"title": "OTT Pay 模拟器", "method": "支付方式", "tip": "小费", "fee": "手续费", "decline": "银行拒绝",
		"later": "处理中（自动完成）", "leave": "离开，不支付",
		"method.WECHATPAY": "微信支付", "method.ALIPAY": "支付宝", "method.UNIONPAY": "银联", "method.GP": "银行卡",
	},
	design.Arabic: {
		"title": "محاكي OTT Pay", "method": "طريقة الدفع", "tip": "إكرامية", "fee": "رسوم الخدمة", "decline": "رفضه البنك",
		"later": "قيد المعالجة (يكتمل تلقائيًا)", "leave": "المغادرة دون دفع",
		"method.WECHATPAY": "وي تشات باي", "method.ALIPAY": "علي باي", "method.UNIONPAY": "يونيون باي", "method.GP": "بطاقة",
	},
}
