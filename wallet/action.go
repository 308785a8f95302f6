package wallet

// ActionType says what a client does to let the payer pay.
type ActionType string

// The action types, the tags of the union in the HTTP contract.
const (
	ActionPaymentURL   ActionType = "paymentUrl"   // my.tradePay({paymentUrl})
	ActionTradeNO      ActionType = "tradeNO"      // my.tradePay({tradeNO})
	ActionOrderStr     ActionType = "orderStr"     // my.tradePay({orderStr})
	ActionRedirect     ActionType = "redirect"     // send the browser there
	ActionQR           ActionType = "qr"           // draw Content, or show Image; the device that shows it may open URL
	ActionDeeplink     ActionType = "deeplink"     // open the wallet's app
	ActionChooseMethod ActionType = "chooseMethod" // let the payer choose, then ask again
	ActionSign         ActionType = "sign"         // my.signContract({signStr: URL}), to agree to later payments
)

// Action is what a client does next: a tagged union, of which only the members of
// its Type are set. URLs carry the wallet's own signature: pass them on untouched.
type Action struct {
	Type       ActionType `json:"type"`
	PaymentURL string     `json:"paymentUrl,omitempty"`
	TradeNO    string     `json:"tradeNO,omitempty"`
	OrderStr   string     `json:"orderStr,omitempty"`
	URL        string     `json:"url,omitempty"`
	Content    string     `json:"content,omitempty"`
	Image      string     `json:"image,omitempty"` // a data: URL, drawn by the server
	Methods    []Method   `json:"methods,omitempty"`
}

// Place is where the payer of one method goes, as CreatePayment has told it of methods that
// nobody has chosen yet. The bridge keeps it with the payment: choosing the method is no
// call then.
type Place struct {
	Method string `json:"method"`
	Action Action `json:"action"`
}

// Method is one way to pay that a wallet offers for a payment.
type Method struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
