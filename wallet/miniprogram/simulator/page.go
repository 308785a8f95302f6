package simulator

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/design"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets
var assetFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"icon": design.Icon}).
	ParseFS(pageFiles, "pages/*.html"))

var assets = design.NewAssets(design.Files(), assetFiles)

// accent is this simulator's own colour, so that nobody takes it for the shop or for
// the sandbox.
const accent = "#0b7285"

// page is what the templates show.
type page struct {
	*texts
	Lang     design.Language
	Head     template.HTML // stylesheets and scripts
	Merchant string
	Heading  string
	Body     string
	Tone     string // a colour; see design.css
	Icon     template.HTML

	Description string
	Order       string
	Decimal     string // "12.34"; empty without an amount
	Currency    string
	Status      string
	Hold        bool
	Left        string // "14:59"
	ExpiresAt   string // RFC 3339
	ReturnTo    string

	Scopes   []string
	Terms    *contractText
	AuthCode string

	// Message is what the page tells whoever shows it in a frame or opened it.
	Message *pageMessage
}

type contractText struct{ Title, Text string }

// pageMessage is posted by the script to one of Origins, and to nobody else.
type pageMessage struct {
	Type, ResultCode, AuthCode, Outcome, Origins string
}

func (p *Provider) newPage(r *http.Request) page {
	lang := design.LanguageOf(r)
	return page{
		texts: textsOf[lang], Lang: lang, Merchant: p.cfg.Merchant,
		Head: assets.Head(p.base.Path+"/assets/", accent, "cashier.css", "cashier.js"),
	}
}

func (p *Provider) report(kind string) *pageMessage {
	origins := append([]string{p.base.Scheme + "://" + p.base.Host}, p.cfg.FrameAncestors...)
	return &pageMessage{Type: kind, Origins: strings.Join(origins, " ")}
}

func (p *Provider) cashierPage(r *http.Request, view window) page {
	out := p.newPage(r)
	out.fill(view)
	out.Left, out.ExpiresAt = clock(view.expires.Sub(view.now)), view.expires.UTC().Format(time.RFC3339)
	return out
}

func (p *Provider) resultPage(r *http.Request, view window, outcome string) page {
	out := p.newPage(r)
	out.fill(view)
	look := looks[view.status]
	out.Heading, out.Body = out.results[view.status][0], out.results[view.status][1]
	out.Tone, out.Icon = look.tone, design.Icon(look.icon)
	out.Message = p.report("minitill:cashier")
	out.Message.Outcome, out.Message.ResultCode = outcome, resultCodes[outcome]
	if !view.embed {
		out.ReturnTo = view.returnURL
	}
	return out
}

func (out *page) fill(view window) {
	out.Description, out.Order, out.Status, out.Hold = view.title, view.order, view.status.String(), view.hold
	out.Decimal, out.Currency = view.amount.Decimal(), string(view.amount.Currency)
}

func (p *Provider) consentPage(r *http.Request, asked consent) page {
	out := p.newPage(r)
	if asked.contract != nil {
		out.Terms = &contractText{asked.contract.title, asked.contract.text}
		return out
	}
	out.Scopes = asked.scopes
	return out
}

// consentedPage shows what came of a question; code is empty when the payer refused.
func (p *Provider) consentedPage(r *http.Request, code string) page {
	out := p.newPage(r)
	out.Message = p.report("minitill:authorize")
	out.Message.Outcome, out.Message.AuthCode, out.AuthCode = "agree", code, code
	out.Heading, out.Body, out.Tone, out.Icon = out.Agreed, out.AgreedBody, "good", design.Icon("check")
	if code == "" {
		out.Message.Outcome, out.Message.ResultCode = "refuse", resultCodes[outcomeCancel]
		out.Heading, out.Body, out.Tone, out.Icon = out.Refused, out.RefusedBody, "calm", design.Icon("stop")
	}
	return out
}

// looks are the statuses as a colour and a picture.
var looks = map[status]struct{ tone, icon string }{
	pending:    {"calm", "clock"},
	processing: {"busy", "clock"},
	authorized: {"good", "hold"},
	paid:       {"good", "check"},
	failed:     {"bad", "cross"},
	expired:    {"calm", "clock"},
	canceled:   {"calm", "stop"},
	voided:     {"calm", "release"},
}

// clock shows what is left as minutes and seconds, with hours where there are any.
func clock(left time.Duration) string {
	seconds := int(max(left, 0) / time.Second)
	if hours := seconds / 3600; hours > 0 {
		return fmt.Sprintf("%d:%02d:%02d", hours, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

func (p *Provider) showMissing(w http.ResponseWriter, r *http.Request, status int) {
	out := p.newPage(r)
	out.Heading, out.Body, out.Tone, out.Icon = out.MissingHeading, out.MissingBody, "calm", design.Icon("help")
	p.renderAs(w, status, "missing", out)
}

func (p *Provider) render(w http.ResponseWriter, name string, content page) {
	p.renderAs(w, http.StatusOK, name, content)
}

// renderAs writes a whole page or none.
func (p *Provider) renderAs(w http.ResponseWriter, status int, name string, content page) {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, name+".html", content); err != nil {
		p.cfg.Log.Error("simulator page", "page", name, "error", err)
		writeRaw(w, http.StatusInternalServerError, "text/plain; charset=utf-8", "The page could not be drawn.")
		return
	}
	w.Header().Set("Content-Language", string(content.Lang))
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// Initial stands for the merchant's picture.
func (out page) Initial() string {
	for _, letter := range out.Merchant {
		return string(letter)
	}
	return ""
}

// Dir is the direction of the page's script.
func (out page) Dir() string { return out.Lang.Dir() }
