package pages

var english = text{
	States: map[state]said{
		loading:    {"Getting your payment ready", "This takes a moment. The page goes on by itself.", "You can leave this page; nothing has been charged."},
		ready:      {"Pay {merchant}", "This page shows the result as soon as your wallet confirms it.", "Closing the page is safe: your payment does not depend on it."},
		waiting:    {"Waiting for your wallet", "Your wallet has not told us the result yet. Most answer within seconds.", "You can leave: the payment does not depend on this page. Please do not pay a second time."},
		authorized: {"Payment approved", "The amount is set aside at your wallet. It is taken when {merchant} confirms your order.", "There is nothing more to do."},
		paid:       {"Paid", "Thank you. Your payment to {merchant} went through.", "You can close this page."},
		failed:     {"The payment failed", "Your wallet did not make this payment.", "You can go back to the shop and try again."},
		canceled:   {"Canceled", "This order was canceled. There is nothing to pay.", "If you still want it, order again at the shop."},
		expired:    {"The time is up", "This order was not paid in time, so it was closed.", "If you still want it, order again at the shop."},
		voided:     {"The amount was released", "{merchant} did not take the amount that was set aside. Your wallet makes it available again.", "There is nothing more to do."},
		attention:  {"We are checking this payment", "Something about it does not fit, so a person at {merchant} looks at it.", "Please do not pay again. Keep the order number in case you want to ask."},
		reversed:   {"The payment was taken back", "Your wallet reported this payment as made, and took it back afterwards.", "Please ask {merchant} before you pay again, and keep the order number."},
		unknown:    {"We do not know this order", "The link may be incomplete or too old.", "Open it again from the shop or from your wallet."},
		nowhere:    {"There is nothing here", "The link may be incomplete or mistyped.", "Open it again from the shop or from your wallet."},
		home:       {"Payments are made here", "Shops send their customers to this server to pay.", "To pay, open the link that the shop gave you."},
		trouble:    {"This page cannot be shown right now", "Something on our side does not work. Your payment does not depend on this page.", "The page tries again by itself. Please do not pay a second time."},
	},
	Merchant: "the shop", PayTo: "Pay to", Amount: "Amount", What: "For", Items: "Your order",
	OrderNumber: "Order", Reference: "Reference", Refunded: "Refunded", RefundPending: "On its way back to you",
	TimeLeft: "Time left to pay", Minutes: "%d min", LessThanAMinute: "less than a minute",

	OpenWallet: "Pay with your wallet", OpenApp: "Open the wallet app",
	Scan: "Scan with your wallet", ScanOther: "Or scan it with another phone", QRLabel: "QR code for this payment",
	ChooseMethod: "How would you like to pay?", InApp: "Go on in the app from which you opened this page.",

	Attention: "Someone at {merchant} takes another look at this payment. You need not do anything, and please do not pay again.",

	Back: "Back to the shop", Close: "You can close this page.",
	Leaving: "Taking you back in {seconds} s", Stay: "Stay here",
	Offline:    "No connection. We keep trying, and show the result as soon as we know it.",
	Refreshing: "This page looks for news every few seconds.",
	Languages:  "Language",
	Developers: "API documentation for developers",
}
