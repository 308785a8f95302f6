package simulator

var arabic = map[string]string{
	"title": "محاكي المحفظة",

	"decline":        "الرصيد غير كافٍ",
	"later":          "قيد المعالجة (يكتمل تلقائياً)",
	"cancel":         "إلغاء",
	"leave":          "إغلاق دون نتيجة",
	"failed.heading": "الرصيد غير كافٍ",

	"asks":            "يطلب موافقتك",
	"asksScopes":      "سيطّلع البرنامج المصغّر على:",
	"contract":        "الدفع دون صفحة الدفع",
	"contractBody":    "يجوز للمتجر الخصم من هذه المحفظة دون السؤال في كل مرة.",
	"agree":           "موافق",
	"sign":            "أوافق وأوقّع",
	"refuse":          "رفض",
	"agreed.heading":  "لقد وافقت",
	"agreed.body":     "يتلقى البرنامج المصغّر رمزاً يعمل مرة واحدة.",
	"refused.heading": "لقد رفضت",
	"refused.body":    "لم تتم مشاركة أي شيء.",
	"code":            "الرمز",
}
