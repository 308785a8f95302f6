package wallet

// ActionType is what a client does to let the payer pay.
type ActionType string

// The action types, the tags of the union in the HTTP contract.
const (
	ActionPaymentURL   ActionType = "paymentUrl"   // my.tradePay({paymentUrl})
	ActionTradeNO      ActionType = "tradeNO"      // my.tradePay({tradeNO})
	ActionOrderStr     ActionType = "orderStr"     // my.tradePay({orderStr})
	ActionRedirect     ActionType = "redirect"     // send the browser there
	ActionQR           ActionType = "qr"           // draw Content as a QR code, or show Image; URL opens the same payment on this device
	ActionDeeplink     ActionType = "deeplink"     // open the wallet's app
	ActionChooseMethod ActionType = "chooseMethod" // let the payer choose, then request the action
	ActionSign         ActionType = "sign"         // my.signContract({signStr: URL}), to agree to later payments
)

// Action is what a client does next: a tagged union, of which only the members of its Type
// are set. URLs may be signed by the provider, so they are passed on byte for byte.
type Action struct {
	Type       ActionType `json:"type"`
	PaymentURL string     `json:"paymentUrl,omitempty"`
	TradeNO    string     `json:"tradeNO,omitempty"`
	OrderStr   string     `json:"orderStr,omitempty"`
	URL        string     `json:"url,omitempty"`
	Content    string     `json:"content,omitempty"`
	Image      string     `json:"image,omitempty"` // a data: URL, rendered by the server
	Methods    []Method   `json:"methods,omitempty"`
}

// Place is the action of one method that the payer can choose, where CreatePayment returned
// the actions of all methods. The engine stores it with the payment, and does not call the
// wallet when the payer chooses that method.
type Place struct {
	Method string `json:"method"`
	Action Action `json:"action"`
}

// Method is one way to pay that a wallet offers for a payment.
type Method struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
