package simulator

var arabic = map[string]string{
	"title":   "Pay Protocol (محاكاة)",
	"price":   "السعر",
	"network": "الشبكة",
	"address": "العنوان",
	"token":   "ادفع بعملة",
	"change":  "تغيير",

	"received": "المبلغ المستلم",
	"sum":      "المبلغ المراد إرساله",
	"send":     "إرسال",
	"under":    "إرسال \u200e60%\u200e",
	"over":     "إرسال \u200e110%\u200e",
	"much":     "إرسال \u200e150%\u200e",
	"fail":     "ترك الوقت ينتهي",

	"refunded.heading": "تم رد الدفعة",
	"refunded.body":    "أُعيد المبلغ إلى مصدره.",

	"refundOf":  "استرداد من",
	"refund":    "الاسترداد",
	"refundSum": "المبلغ المراد رده",
	"approve":   "موافقة",
	"reject":    "رفض",
	"review":    "وضع قيد المراجعة",

	"refundDone.heading":     "تم إرسال الاسترداد",
	"refundDone.body":        "تم إبلاغ التاجر.",
	"refundInBlock.heading":  "الاسترداد في الطريق",
	"refundInBlock.body":     "التحويل ينتظر تأكيد الكتلة.",
	"refundFailed.heading":   "فشل الاسترداد",
	"refundFailed.body":      "لم يكتمل التحويل. لم يتحرك أي مبلغ.",
	"refundRejected.heading": "رُفض الاسترداد",
	"refundRejected.body":    "لم يتحرك أي مبلغ. تم إبلاغ التاجر.",
}
