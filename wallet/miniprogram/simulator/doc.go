// Package simulator is the server of a wallet of the Mini Program Platform's family: a
// provider that moves no money, for tests, the demo and first steps. It was written
// from the providers' documents (read 2025-11-20) and shares no code with the adapter,
// so that the two can disagree. Other clients of that API, the official ones among
// them, can talk to it as well.
//
// All state is in memory and bounded: when Config.MaxPayments are kept, the oldest
// finished one is removed, and when none is finished a new one is refused. Nothing
// survives a restart.
//
// # Profiles
//
// The family has one signature and many dialects. A profile is a row of knobs (see the
// table in profile.go), and no code depends on a wallet's name:
//
//	             paths             pay answer           news reports by    sets apart
//	generic-v1   /api/open/v1      actionForm           paymentStatus      partnerId, paymentFactor
//	generic-v2   /api/open/v2      redirectionUrl       paymentResult      appId
//	gcash        /api/v2           redirectionUrl       paymentResult      appId
//	tng          /acl/api/v1       actionForm           paymentResult      no cancel; authURL
//	superqi      /v1               redirectUrl          paymentStatus      one capture, plain Base64
//	rebell       /api/open/v1, /v1 redirectionUrl       paymentStatus      news without Client-Id
//	vodapay      [/api[/open]]/v2  redirectUrl          paymentResult      separator ","
//	alipayplus   /aps/api/v1       redirectUrl, normalUrl  paymentResult   every scalar a string
//	ams          /ams/api/v1       redirectUrl, normalUrl  notifyType, result  the same; epoch time
//
// Where documents contradict each other, several prefixes are served. The path that is
// signed is always the whole public path of what was called.
//
// # Calls
//
// POST, JSON, three headers each way: Client-Id, Request-Time or Response-Time, and
//
//	Signature: algorithm=RSA256, keyVersion=1, signature=<percent-encoded Base64>
//
// over METHOD, blank, path, LF, Client-Id, ".", time, ".", body. Signatures in plain
// Base64 and in Base64 for URLs are accepted too, as are times in ISO 8601 and in epoch
// milliseconds, at most five minutes off. Whatever else is wrong with a signature is
// F/INVALID_SIGNATURE, in a signed answer. Unknown and empty headers are ignored.
//
//	applyToken cancelToken prepare inquiryUserInfo
//	pay inquiryPayment cancel refund (refundApply) inquiryRefund capture void
//
// Fields that a dialect requires are checked, and PARAM_ILLEGAL names the one at fault.
// A request id is an idempotency key: the same amount, currency, product and notify URL
// yield the same payment, anything else is REPEAT_REQ_INCONSISTENT. A repeat of pay
// answers A with the same URL while the payment is open, and its end afterwards.
//
// # What is not documented
//
// These are not documented, and decided here:
//
//   - a payment is notified when it is paid or has failed, not when its money is held,
//     captured, released or canceled, since the former are the final states; ams also
//     notifies of processing;
//   - an expired payment is notified as failed by generic-v1, generic-v2, gcash, alipayplus
//     and ams, and not notified by the others;
//   - inquiryPayment lists transactions in every dialect, as superqi documents it;
//   - to cancel or to leave at the cashier ends nothing; the payer may return.
//
// # Notifications
//
// POST to the payment's paymentNotifyUrl, signed like a request, with the path of that
// URL. S ends the delivery, and so does F but in alipayplus and ams; U, any other answer
// and any HTTP status but 200 mean a retry, after 2 m, 10 m, 10 m, 1 h, 2 h, 6 h and
// 15 h. The signature of a signed acknowledgement must verify; Config.RequireSignedAck
// requires one. A refund is notified to its own refundNotifyUrl, a void to voidNotifyUrl, and
// a contract's signature and end to the contractStatusNotifyUrl of its extendInfo.
//
// # Pages
//
// The payment URL is {base}/cashier?bizNo=…&timestamp=…&mid=…&sign=…, longer than 255
// characters and with %2B in it, to be passed on untouched. GET shows the page; its forms
// POST outcome=pay, decline, cancel, leave or later to the same URL and work without
// scripts. The answer is a redirect to paymentRedirectUrl or paymentReturnUrl, unchanged,
// or a result page when there is none or when embed=1 was appended. The result page
// posts {type: "minitill:cashier", outcome, resultCode} to its opener and parent, with
// the codes of my.tradePay: pay 9000, decline 4000, cancel 6001, leave 6004, later 8000.
// A payment in processing completes after Config.Later and does not expire.
//
// {base}/authorize?scopes=auth_user,… requests what my.getAuthCode requests, and a URL of
// prepare for the signature of a contract. Both post {type: "minitill:authorize",
// outcome, authCode}. GET {base}/authcode?user=… issues a code without a prompt.
//
// # Faults
//
// Faults are injected by Inject, and with Config.Control by /control/faults: each for
// the next n times that it can happen, at a rate drawn from Config.Seed, or always. Those
// of calls and of single attempts to notify are listed in faults.go. Beside them, of what
// inquiries and notifications report (the endpoint "notify" means the latter):
//
//	amount_missing   a paid payment without its amount
//	amount_huge      an amount beyond int64
//	time_huge        a time beyond the year 9999
//	unknown_status   a status, or a letter of a result, that is not documented
//
// And of actions:
//
//	refuse_repeat    a repeat of an executed pay, capture, void or refund is refused with F:
//	                 the amount, the balance or the state, by chance
//	lag_query        an inquiry answers as before the last change, for Delay (20 s) after it
//	cancel_reverses  cancel of a paid payment refunds it in every dialect, leaves nothing
//	                 captured, and is notified to the paymentNotifyUrl
//	refuse_cancel    cancel of an open payment is refused with F/ORDER_STATUS_INVALID
//	change_id        a payment gets another paymentId when the payer pays; the former one
//	                 still finds it
//
// Reverse reverses a paid payment later, and SecondCharge makes the payer pay it twice.
// Two faults of the sandbox's provider are absent, because no dialect could have them:
// several events in one notification, and notifications of payments or refunds without the
// merchant's request ID.
package simulator
