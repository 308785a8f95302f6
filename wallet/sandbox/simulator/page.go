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
	"github.com/minitill/minitill/wallet"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets
var assetFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"icon": design.Icon}).
	ParseFS(pageFiles, "pages/*.html"))

var assets = design.NewAssets(design.Files(), assetFiles)

// accent is the sandbox wallet's own colour, so that nobody takes it for the shop.
const accent = "#5a46c8"

// page is what the templates show.
type page struct {
	*texts
	Head         template.HTML // stylesheets and scripts
	Merchant     string
	Description  string
	Amount       string // "12.34"
	Fee          string // empty when there is none
	Currency     string
	Hold         bool
	Left         string // "14:59"; empty when the payment does not expire
	ExpiresAt    string // RFC 3339
	Outcome      string
	ResultCode   string
	Status       string
	Heading      string
	Body         string
	ReturnTo     string
	TargetOrigin string
}

func (p *Provider) newPage(v visit) page {
	return page{
		texts: v.texts, Head: assets.Head(p.base.Path+"/assets/", accent, "cashier.css", "cashier.js"), Merchant: p.cfg.Merchant,
		TargetOrigin: p.base.Scheme + "://" + p.base.Host,
	}
}

func (p *Provider) cashierPage(v visit) page {
	out := p.newPage(v)
	out.fill(v.window)
	if v.window.ExpiresAt != 0 {
		at := time.UnixMilli(v.window.ExpiresAt).UTC()
		out.ExpiresAt = at.Format(time.RFC3339)
		out.Left = clock(at.Sub(v.window.Now))
	}
	return out
}

func (p *Provider) resultPage(v visit, outcome string) page {
	out := p.newPage(v)
	out.fill(v.window)
	out.Outcome, out.ResultCode = outcome, resultCodes[outcome]
	out.Heading, out.Body = v.texts.result(v.window.Status)
	if !v.embed {
		out.ReturnTo = v.window.ReturnTo
	}
	return out
}

func (out *page) fill(w window) {
	out.Description, out.Status = w.Description, w.Status.String()
	out.Currency = string(w.Amount.Currency)
	out.Amount = decimal(or(w.PayerAmount, w.Amount))
	if w.Fee != nil {
		out.Fee = decimal(w.Fee)
	}
}

func decimal(a *amountJSON) string {
	money, _ := wallet.ParseMinor(a.Currency, a.Value)
	return money.Decimal()
}

// clock shows what is left as minutes and seconds.
func clock(left time.Duration) string {
	seconds := int(max(left, 0) / time.Second)
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

func (p *Provider) showMissing(w http.ResponseWriter, status int, v visit) {
	out := p.newPage(v)
	out.Heading, out.Body = v.texts.MissingHeading, v.texts.MissingBody
	p.render(w, status, "missing", out)
}

// render writes a whole page or none.
func (p *Provider) render(w http.ResponseWriter, status int, name string, content page) {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, name+".html", content); err != nil {
		p.cfg.Log.Error("sandbox page", "page", name, "error", err)
		writePlain(w, http.StatusInternalServerError, refuse("INTERNAL", "the page could not be drawn"))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", content.Lang)
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

// Icon is the status as a picture.
func (out page) Icon() template.HTML { return design.StatusIcon(strings.ToLower(out.Status)) }

// Tone is the status as a colour; see design.css.
func (out page) Tone() string {
	switch out.Status {
	case paid.String(), authorized.String():
		return "good"
	case failed.String():
		return "bad"
	case processing.String():
		return "busy"
	}
	return "calm"
}
