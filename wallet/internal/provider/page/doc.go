// Package page renders the pages of a simulated wallet: the cashier that asks the payer,
// the result of the decision, and any other page that asks one question, such
// as for a consent or the approval of a refund.
//
// It owns the frame, the stylesheet and the script, the texts of every cashier in three
// languages, the security headers, and the rules of a page's form. The wallet owns its
// payments: it says which page a request is for and what a decision does.
//
//	GET  page URL ─► Handler ─► Ask ─────► 200, forms that post to the same URL
//	                         ─► Result ──► 200, a message to opener and parent
//	                         ─► error ───► 404, 400 or 500, and a page that says so
//	POST page URL ─► Handler ─► Ask ─────► 303 to the same URL, so that a reload posts nothing
//	                         ─► Result ──► 303 to ReturnURL, or 200 without one or with embed=1
//
// A wallet makes one [Shell] and serves each page by a function:
//
//	shell, err := page.New(page.Config{PublicURL: base, Merchant: "Shop", Accent: "#0b7285", Texts: texts})
//
//	case path == "/cashier":
//		p.shell.Serve(w, r, p.cashier)
//	case strings.HasPrefix(path, "/assets/"):
//		p.shell.ServeAsset(w, r)
//
//	func (p *Provider) cashier(v *page.Visit) (page.View, error) {
//		pay, err := p.open(v.Query("id"), v.Posted(), v.Form("outcome"))
//		switch {
//		case err != nil:
//			return nil, err // page.ErrNotFound, page.ErrForm
//		case pay.open && !v.Posted():
//			return page.Ask{Status: pay.status, Amount: pay.amount, Forms: []page.Form{
//				{Buttons: []page.Button{{Value: "pay", Label: v.Say("pay")}}},
//				{Test: true, Buttons: []page.Button{{Value: "decline", Label: v.Say("decline"), Icon: "cross"}}},
//			}}, nil
//		}
//		result := v.Result("paid")
//		result.Message = page.Message{Outcome: "pay", ResultCode: "9000"}
//		return result, nil
//	}
//
// # Texts
//
// Config.Texts adds a wallet's texts to those of texts_en.go and its siblings, and replaces
// those of the same name. "title", the wallet's name, is always the wallet's. New refuses
// texts that are not there in all three languages. A page speaks the language that
// ?lang= names, else the best of Accept-Language. What the wallet puts into a view is
// shown as it is, escaped; so texts come from [Visit.Say].
//
// # A wallet's own files
//
// Config.Files may hold pages/*.html, each a section that [Section] names, and assets/*,
// served beside the shell's; stylesheets and scripts among them are linked on every page.
// A section sees {{.Data}} and {{.Say "name"}}.
//
// # What scripts read
//
// A result's body has data-message, data-outcome, data-result-code, data-auth-code,
// data-target-origin (our own) and data-target-origins (with those that may frame us). The
// script posts {type, outcome, resultCode, authCode} to the opener and the parent, at one
// of these origins only. The main element has data-status. Forms work without scripts.
package page
