package page

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/internal/qrcode"
)

// sheet is the data of the templates.
type sheet struct {
	*Visit
	template  string
	returnURL string // where a decision may redirect

	Head      template.HTML // stylesheets and scripts
	Status    string
	Message   *Message // nil on a page that asks for a decision
	ReturnURL string   // for a link; empty when there is none or the page is in a frame
	View      View
}

func (a Ask) sheet() sheet {
	return sheet{template: "ask", Status: a.Status, returnURL: a.ReturnURL, View: a}
}

func (r Result) sheet() sheet {
	message := r.Message
	message.Type = cmp.Or(message.Type, "minitill:cashier")
	return sheet{template: "result", Status: r.Status, Message: &message, returnURL: r.ReturnURL, View: r}
}

// Origin returns our own origin; Origins all that may receive the result.
func (out sheet) Origin() string  { return out.shell.origin() }
func (out sheet) Origins() string { return out.shell.origins() }

// Payee returns whom the payer pays.
func (out sheet) Payee(a Ask) string { return cmp.Or(a.Merchant, out.shell.cfg.Merchant) }

// Before returns what precedes the payee's name.
func (out sheet) Before(a Ask) string {
	if a.Before == "" && a.After == "" {
		return out.Say("payTo")
	}
	return a.Before
}

// Initial returns the letter that is shown for a merchant without a picture.
func (out sheet) Initial(name string) string {
	_, size := utf8.DecodeRuneInString(name)
	return name[:size]
}

// countdown is the time that a payer has.
type countdown struct {
	Left    string // "14:59"
	Machine string // the end, as scripts read it
}

// Countdown is nil for a page that does not expire.
func (out sheet) Countdown(a Ask) *countdown {
	if a.Expires.IsZero() {
		return nil
	}
	return &countdown{clock(a.Expires.Sub(out.shell.cfg.Now())), a.Expires.UTC().Format(time.RFC3339)}
}

// clock formats the time left as minutes and seconds, with hours where there are any.
func clock(left time.Duration) string {
	seconds := int(max(left, 0) / time.Second)
	if hours := seconds / 3600; hours > 0 {
		return fmt.Sprintf("%d:%02d:%02d", hours, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

// Section renders a section of the wallet's.
func (out sheet) Section(of Section) (template.HTML, error) {
	var text bytes.Buffer
	err := out.shell.templates.ExecuteTemplate(&text, of.Template+".html", section{out.Visit, of.Data})
	return template.HTML(text.String()), err
}

// section is the data of a wallet's own template.
type section struct {
	*Visit
	Data any
}

// QRImage returns the QR code's picture; empty when there is none or the content is too long.
func (a Ask) QRImage() template.URL {
	if a.QR == "" {
		return ""
	}
	return template.URL(qrcode.DataURL(a.QR))
}

// Target returns the link's URL, of any scheme except those that run scripts.
func (l Link) Target() template.URL {
	u, err := url.Parse(l.URL)
	if err != nil || slices.Contains([]string{"javascript", "data", "vbscript"}, u.Scheme) {
		return "#"
	}
	return template.URL(u.String())
}

// Picture returns the state as an icon.
func (r Result) Picture() template.HTML { return picture(r.Icon) }

// Picture returns the decision as an icon.
func (b Button) Picture() template.HTML { return picture(b.Icon) }

func picture(icon string) template.HTML {
	if icon == "" {
		return ""
	}
	return design.Icon(icon)
}

// Field returns the name of the form's field that the button sets.
func (b Button) Field() string { return cmp.Or(b.Name, "outcome") }
