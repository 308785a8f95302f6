package wallet

// Masked returns the event with card numbers masked in the wallet's texts. Its ids stay as
// they are.
func (e Event) Masked() Event {
	e.Payment, e.Refund = e.Payment.Masked(), e.Refund.Masked()
	return e
}

// Masked returns the payment with card numbers masked in the wallet's texts.
func (p Payment) Masked() Payment {
	p.Code, p.Method = MaskCardNumbers(p.Code), MaskCardNumbers(p.Method)
	return p
}

// Masked returns the refund with card numbers masked in the wallet's texts.
func (r Refund) Masked() Refund {
	r.Code = MaskCardNumbers(r.Code)
	return r
}
