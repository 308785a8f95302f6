// Package wire is what the adapters share: how a provider's messages are written, sent,
// read and judged. An adapter supplies its paths, its member names, its signature and its
// table of codes; wire supplies the rest.
//
//	write   NewObject().Text("id", id).Number("amount", Major(m)).Inner("order", o).End()
//	        Query("id", id, "page", "1")          a raw query, in this order, as it is signed
//	send    Send(ctx, client, Request{Op, Method, URL, Header, Body})
//	judge   answer.StatusFault()                      what the HTTP status alone proves
//	        codes.Fault(op, code)                 what the provider's code proves
//	        answer.Unknown(err), Unknown(op, err) an answer that cannot be relied on
//	        Reclassify(err, to, from...)          the same code, to another kind of call
//	        Resolve(doubt, query)                 a refusal of a repeat after a lost answer
//	read    Decode(body, &out)                    strict JSON; Form(body) for a form
//	        Literal                               a member that is text or a number, verbatim
//	        l.Decimal() l.Major(c) l.Minor(c) l.Int()
//	        Unix(l, unit) ISO(s) ParseTime(s, layouts...)
//	check   WebURL(s) Base.ValidLink(link) ValidIDs(ids...) CheckAmount(op, m) Arrived(op, delivery, most, now)
//	        SingleHeader(header, name) Fresh(at, now, past, future)
//	keep    Clip(s) for people, Truncate(s, n) for the provider's limits, Digest(body) for event ids
//	reply   Replies{...}.For(err).Write(contentType)
//	open    ParseBase(url, insecure), ValidHeaderValue(headerValue), ParseCodes(setting, …), Mistakes
//
// A call of an adapter whose answers are not signed is thus:
//
//	func (w *Wallet) call(ctx context.Context, op, path string, body []byte, out *answerJSON) error {
//		answer, err := wire.Send(ctx, w.http, wire.Request{
//			Op: op, Method: http.MethodPost, URL: w.base.URL(path), Header: w.sign(path, body), Body: body,
//		})
//		if err != nil {
//			return err // Unavailable when surely not executed, else Unknown
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
// Three rules keep money right. No float is ever made: amounts go from the provider's
// digits to minor units through [Decimal], so that 1, 1.0, 1.00, 1e0 and "1.00" are one
// amount. A member that is absent or null is the empty [Literal] and never 0: statuses
// are looked up by their text. What is not understood is Unknown, and a code is Declined
// only when it proves that nothing was executed and nothing will be.
//
// Amounts and times that are well formed and cannot be represented answer
// [wallet.ErrOverflow] and [ErrCalendar]; in verified news they make the event
// Unreadable, so that the news is kept for a person instead of refused.
package wire
