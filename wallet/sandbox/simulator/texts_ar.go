package simulator

var arabic = map[string]string{
	"title":           "صفحة الدفع التجريبية",
	"notRealMoney":    "هذه محفظة تجريبية. لا تُنقل أي أموال.",
	"feeIncluded":     "شاملاً رسوماً قدرها",
	"decline":         "رفض الدفع",
	"later":           "الدفع لاحقاً (يكتمل تلقائياً)",
	"leave":           "المغادرة دون دفع",
	"missing.heading": "رابط الدفع هذا لا يعمل",
	"missing.body":    "قد يكون الرابط غير مكتمل. عُد إلى المتجر وحاول مرة أخرى.",
}
