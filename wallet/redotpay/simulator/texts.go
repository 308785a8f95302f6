package simulator

var english = map[string]string{
	"title":          "RedotPay test cashier",
	"method":         "How to pay",
	"openApp":        "Open the wallet's app",
	"tryAgain":       "The last attempt failed. Try again.",
	"decline":        "Decline the payment",
	"later":          "Pay later (completes by itself)",
	"leave":          "Leave without paying",
	"failed.body":    "Nothing was paid. You can try again until the order is closed.",
	"closed.heading": "Order closed",
	"closed.body":    "It was closed or has expired. Nothing was paid.",
}

var simplifiedChinese = map[string]string{
	"title":          "RedotPay 测试收银台",
	"method":         "付款方式",
	"openApp":        "打开钱包应用",
	"tryAgain":       "上一次付款失败，请重试。",
	"decline":        "拒绝付款",
	"later":          "稍后付款（自动完成）",
	"leave":          "不付款离开",
	"failed.body":    "没有扣款。订单关闭前可以重试。",
	"closed.heading": "订单已关闭",
	"closed.body":    "订单已关闭或过期。没有扣款。",
}

var arabic = map[string]string{
	"title":          "صندوق RedotPay التجريبي",
	"method":         "طريقة الدفع",
	"openApp":        "افتح تطبيق المحفظة",
	"tryAgain":       "فشلت المحاولة الأخيرة. حاول مرة أخرى.",
	"decline":        "رفض الدفع",
	"later":          "الدفع لاحقًا (يكتمل تلقائيًا)",
	"leave":          "المغادرة دون دفع",
	"failed.body":    "لم يُدفع شيء. يمكنك المحاولة مجددًا إلى أن يُغلق الطلب.",
	"closed.heading": "أُغلق الطلب",
	"closed.body":    "أُغلق الطلب أو انتهت مدته. لم يُدفع شيء.",
}
