package redotpay

// success is the only documented code. What other codes prove is configured, and nothing where
// it is not: a create that was refused with a code that is not configured may have opened the
// order, so a status query is sent before anything is repeated.
const success = "SUCCESS"

// refusal returns the fault of an answer with another code than SUCCESS. The provider's text
// and its id of the request are for the log.
func (w *Wallet) refusal(op string, env *envelope) error {
	f := w.codes.Fault(op, env.Code)
	f.Err = env.cause()
	return f
}
