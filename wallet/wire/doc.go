// Package wire has what adapters share: it writes, sends, reads and judges a provider's
// messages. An adapter adds its paths, its member names, its signature and its table of
// codes. docs/new-wallet.md shows a whole one.
//
// # Writing a request
//
// [NewObject] begins a JSON object whose members are written in the order of the calls, so
// that the same request always has the same bytes: a provider compares the repeat of a
// request with the first, and a signature covers bytes. [Query] writes a query in the order
// of its arguments. [Major] is an amount in major units for [Object.Number]; Money.Value
// and Money.Decimal are amounts as text. [Truncate] shortens text to a provider's limit.
//
//	body := wire.NewObject().Text("id", id).Number("amount", wire.Major(amount)).End()
//
// # Sending it
//
// [Send] makes one attempt within the limits of package transport and returns the [Answer],
// whatever its HTTP status but a redirect. It never retries: the engine does, with the same
// request ID.
//
// # Judging the answer
//
// What an answer proves is decided in this order: is it the provider's (the adapter
// verifies its signature); what does the HTTP status say ([Answer.StatusFault]); is it a
// message that the documents describe ([Decode]); what does its code say ([Codes]); is it
// about the payment that was queried. What fails on the way is [Answer.Unknown], unless
// a code proves more:
//
//	func (w *Wallet) call(ctx context.Context, op, path string, body []byte, out *answerJSON) error {
//		answer, err := wire.Send(ctx, w.http, wire.Request{
//			Op: op, Method: http.MethodPost, URL: w.base.URL(path), Header: w.sign(path, body), Body: body,
//		})
//		if err != nil {
//			return err // Unavailable when it was not executed, else Unknown
//		}
//		if err := answer.StatusFault(); err != nil {
//			return err
//		}
//		if err := wire.Decode(answer.Body, out); err != nil {
//			return answer.Unknown(err)
//		}
//		if !answer.OK() || out.Code != "SUCCESS" {
//			return codes.Fault(op, out.Code)
//		}
//		return nil
//	}
//
// [Reclassify] gives a fault another kind where a code means something else to one call.
// [Resolve] decides about the refusal of a repeated request, which may only say that the
// first attempt was executed.
//
// # Reading values
//
// A [Literal] is a member that may be text or a number, kept as it was written; its methods
// read it as an amount, an integer or a [Decimal]. [Unix], [ISO] and [ParseTime] read times.
// [ValidIDs] bounds the ids that a provider gives, [Clip] the words that are kept for
// people, [WebURL] and [Base.ValidLink] accept the links that a payer is sent to.
//
// # Receiving notifications
//
// [Arrived] bounds the body. [SingleHeader] reads a header of the signature, [Fresh] checks
// its time, [Form] reads a form, [Digest] makes the id of an event that has none, and
// [Replies] is the table from the outcome to the reply.
//
// # Opening a wallet
//
// [Mistakes] collects what is wrong with the settings, so that all of it is reported at
// once. [ParseBase] reads the provider's address, [ParseCodes] a table of codes that the
// operator configures, [ValidHeaderValue] and [PlainPath] check settings that are sent.
//
// # Rules
//
// Three rules keep amounts and outcomes right.
//
//   - No amount becomes a float. It goes from the provider's digits through [Decimal] to
//     minor units, so that 1, 1.0, 1.00, 1e0 and "1.00" are one amount.
//   - A member that is absent or null is the empty [Literal], and never 0.
//   - What the documents do not describe is fault.Unknown. A code is fault.Declined only
//     when it proves that nothing was executed and nothing will be.
//
// An amount or a time that is well formed and too large to represent is
// [wallet.ErrOverflow] or [ErrCalendar]. In a verified notification it makes the event
// Unreadable, so that an operator sees it; refusing the notification would lose it.
package wire
