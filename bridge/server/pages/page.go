package pages

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet"
)

//go:embed templates
var templates embed.FS

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"icon":       design.Icon,
	"money":      func(m wallet.Money) template.HTML { return design.Money(m.Decimal(), string(m.Currency)) },
	"statusIcon": func(s state) template.HTML { return design.StatusIcon(string(s)) },
}).ParseFS(templates, "templates/*.html"))

// Payment writes the hosted payment page, with the action of the open payment or the
// outcome. A choice of methods is a form that posts method=<id> to the page's own URL; a
// payment that is to be opened is one that posts open=1.
func Payment(w http.ResponseWriter, r *http.Request, v View) {
	write(w, r, v, "payment")
}

// Return writes the page to which a wallet redirects the payer: the state of the order and
// a link to the shop.
func Return(w http.ResponseWriter, r *http.Request, v View) {
	v.Action = nil // the payer has been at the wallet
	write(w, r, v, "return")
}

// NotFound writes the page for an address that leads to no order.
func NotFound(w http.ResponseWriter, r *http.Request) {
	write(w, r, View{}, "return")
}

func write(w http.ResponseWriter, r *http.Request, v View, kind string) {
	status := http.StatusOK
	if v.Order == nil {
		status = http.StatusNotFound
	}
	writeStatus(w, r, v, kind, status)
}

// writeStatus renders into memory first, so that an error leaves no partial page.
func writeStatus(w http.ResponseWriter, r *http.Request, v View, kind string, status int) {
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "page.html", draw(r, v, kind)); err != nil {
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	policy := design.Policy{FormAction: []string{"'self'"}, FrameAncestors: v.FrameAncestors}
	policy.Write(w.Header())
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the payer may have closed the connection
}

// drawing is a View with the values that the template shows.
type drawing struct {
	View
	T        *text
	Language design.Language
	Others   []translation
	Kind     string // payment, return
	State    state
	Said     said
	Head     template.HTML
	Refresh  int
	// Refresher is the script that refreshes the page where live.js cannot.
	Refresher string
	Docs      string // where developers read on; empty on pages of orders
	Link      template.URL
	Deep      bool
	Image     template.URL
	Continue  string
	Left      left
	Facts     []fact
}

// translation is a link to the page in another language.
type translation struct{ Tag, Dir, Name, URL string }

func draw(r *http.Request, v View, kind string) drawing {
	language := design.LanguageOf(r)
	t := texts[language]
	d := drawing{
		View: v, T: t, Language: language, Others: others(r, language), Kind: kind, State: v.state(),
		Refresh: v.refreshAfter(), Continue: v.continueURL(),
		Head: head(v), Refresher: assets.URL(v.BasePath+"/assets/", "refresh.js"), Docs: v.docs(), Link: template.URL(v.link()), Deep: deep(v.link()), Image: template.URL(v.image()),
	}
	d.Said = t.say(d.State, v.Title)
	if v.Order != nil {
		d.Facts = facts(v, t)
		d.Left = timeLeft(v, t)
	}
	return d
}

func head(v View) template.HTML {
	return assets.Head(v.BasePath+"/assets/", v.Accent, "pages.css", "live.js")
}

// others are links to the page in the other languages.
func others(r *http.Request, current design.Language) []translation {
	var list []translation
	for _, l := range design.Languages {
		if l != current {
			query := r.URL.Query()
			query.Set("lang", string(l))
			list = append(list, translation{string(l), l.Dir(), l.Name(), "?" + query.Encode()})
		}
	}
	return list
}

// Initial is shown in place of the merchant's logo.
func (d drawing) Initial() string {
	for _, letter := range d.Title {
		return string(letter)
	}
	return ""
}

// Tone is the colour of the state.
func (d drawing) Tone() string { return d.State.tone() }

// Headline reports whether the amount is the headline. Where nothing was paid it is among the
// facts, so that it does not look like a charge.
func (d drawing) Headline() bool { return d.Order != nil && d.State.moneyed() }

// Busy reports whether an operation is in progress without the payer.
func (d drawing) Busy() bool { return d.State.busy() }

// Version changes whenever the page must be rendered again; live.js builds the same text
// from the status.
func (d drawing) Version() string {
	if d.Order == nil {
		return ""
	}
	reasons := make([]string, len(d.Order.Attention))
	for i, reason := range d.Order.Attention {
		reasons[i] = string(reason)
	}
	reversed := ""
	if d.Order.Reversed != nil {
		reversed = d.Order.Reversed.Amount.Value()
	}
	return strings.Join([]string{string(d.Order.Status), string(d.Closed), reversed, strings.Join(reasons, ",")}, ":")
}

// Methods are the payment methods to choose from.
func (d drawing) Methods() []wallet.Method {
	if d.Action == nil || d.Action.Type != wallet.ActionChooseMethod {
		return nil
	}
	return d.Action.Methods
}

// InApp reports whether only the wallet's app can continue the payment.
func (d drawing) InApp() bool {
	return d.State == ready && !d.Opens && d.Link == "" && d.Image == "" && d.Methods() == nil
}

// Leave reports when the page redirects the payer to the shop by itself.
func (d drawing) Leave() bool {
	return d.State == paid && d.Continue != "" && len(d.Order.Attention) == 0
}

// AttentionNote is the text for a paid order that needs attention.
func (d drawing) AttentionNote() string { return d.T.named(d.T.Attention, d.Title) }
