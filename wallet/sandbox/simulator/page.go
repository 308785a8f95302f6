package simulator

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets
var assetFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// page is what the templates show.
type page struct {
	*texts
	Base         string // where the assets are
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
		texts: v.texts, Base: p.base.Path, Merchant: p.cfg.Merchant,
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

var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// serveAsset serves the page's own style and script.
func (p *Provider) serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	contentType := assetTypes[path.Ext(name)]
	content, err := fs.ReadFile(assetFiles, "assets/"+name)
	if err != nil || contentType == "" || strings.Contains(name, "/") {
		writePlain(w, http.StatusNotFound, refuse("NOT_FOUND", "there is nothing here"))
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeRaw(w, http.StatusOK, contentType, string(content))
}
