package page

var arabic = map[string]string{
	"test":         "تجربة",
	"notRealMoney": "هذه محفظة محاكاة. لا تُنقل أي أموال.",

	"payTo":     "الدفع إلى",
	"for":       "مقابل",
	"order":     "الطلب",
	"amount":    "المبلغ",
	"timeLeft":  "الوقت المتبقي",
	"pay":       "ادفع الآن",
	"authorize": "تفويض",
	"holdNote":  "يُحجز المبلغ الآن ويُخصم لاحقاً.",
	"qr":        "رمز الاستجابة السريعة لعملية الدفع هذه",

	"testOutcomes": "نتائج أخرى للتجربة",
	"backToShop":   "العودة إلى المتجر",
	"close":        "يمكنك إغلاق هذه الصفحة.",

	"missing.heading": "هذا الرابط لا يعمل",
	"missing.body":    "قد يكون الرابط غير مكتمل أو قديماً. عُد إلى المتجر وحاول مرة أخرى.",

	"pending.heading":    "غادرت دون دفع",
	"pending.body":       "لا تزال عملية الدفع مفتوحة حتى انتهاء مدتها.",
	"processing.heading": "الدفع قيد المعالجة",
	"processing.body":    "سيكتمل تلقائياً.",
	"authorized.heading": "تم تفويض الدفع",
	"authorized.body":    "المبلغ محجوز لصالح التاجر.",
	"paid.heading":       "اكتمل الدفع",
	"paid.body":          "تم إبلاغ التاجر.",
	"failed.heading":     "رُفض الدفع",
	"failed.body":        "لم يُدفع أي مبلغ.",
	"canceled.heading":   "أُلغي الدفع",
	"canceled.body":      "ألغى التاجر عملية الدفع هذه.",
	"expired.heading":    "انتهت مدة الدفع",
	"expired.body":       "انتهى الوقت المتاح للدفع. لم يُدفع أي مبلغ.",
	"voided.heading":     "أُفرج عن المبلغ",
	"voided.body":        "أُفرج عن المبلغ المحجوز. لم يُدفع أي مبلغ.",
}
