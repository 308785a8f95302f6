package redotpay

// success is the one code that is documented. What another code proves is a setting, and
// nothing where it is not set: a create that was refused in a way that no setting explains
// may have opened the order, and is asked about before anything is sent again.
const success = "SUCCESS"

// refusal is what an answer with another code than SUCCESS means. The provider's text and
// its name for the request are for the log.
func (w *Wallet) refusal(op string, env *envelope) error {
	f := w.codes.Fault(op, env.Code)
	f.Err = env.cause()
	return f
}
