package pages

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// View is the content of a page.
type View struct {
	Title  string         // the merchant's name
	Accent string         // the app's colour, "#rrggbb"; empty for the default
	Order  *view.Order    // nil: unknown order
	Closed wallet.Status  // why no payment of the order can be opened any more; see bridge.Order
	Action *wallet.Action // what the payer can do now; nil when there is nothing
	// Opens reports that the order has no payment yet: a form that posts open=1 to the page's
	// own URL opens one. Tried reports that this has failed before, so that the page does not
	// post the form by itself.
	Opens, Tried bool
	// StatusURL answers GET with {"order":{"status", "attention", …}, "continueUrl"?} and
	// holds the answer back when given ?wait=25s. It may have a query. Empty: the page
	// is not live.
	StatusURL      string
	ContinueURL    string   // where the shop awaits the payer; empty: nowhere
	RefreshAfter   int      // seconds between reloads of a page without scripts; 5 when zero
	BasePath       string   // Static is mounted at {BasePath}/assets/
	FrameAncestors []string // CSP sources that may embed the page in a frame; none when empty

	notice state // of a page without an order
}

// refreshAfter is after how many seconds a page without scripts reloads; 0 for never.
func (v View) refreshAfter() int {
	switch {
	case v.notice == trouble:
		return troubleSeconds
	case !v.open():
		return 0
	case v.RefreshAfter > 0:
		return v.RefreshAfter
	}
	return 5
}

// open reports whether the state of the page may still change.
func (v View) open() bool {
	if v.Order == nil {
		return false
	}
	switch v.Order.Status {
	case wallet.Created, wallet.Pending, wallet.Authorized:
		return true
	}
	return false
}

// continueURL is an http or https URL, or empty.
func (v View) continueURL() string {
	u, err := url.Parse(v.ContinueURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return v.ContinueURL
}

// link is the URL of the wallet's page or app; empty for a URL that a browser would execute.
func (v View) link() string {
	if v.Action == nil {
		return ""
	}
	target := v.Action.URL
	switch v.Action.Type {
	case wallet.ActionPaymentURL:
		target = v.Action.PaymentURL
	case wallet.ActionQR:
		target = cmp.Or(v.Action.URL, v.Action.Content)
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.Path == "" {
		return ""
	}
	switch u.Scheme {
	case "javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "view-source":
		return ""
	}
	return target
}

// image is the QR code as a data URL of an image, or empty.
func (v View) image() string {
	if v.Action == nil || !strings.HasPrefix(v.Action.Image, "data:image/") {
		return ""
	}
	return v.Action.Image
}

// deep reports whether the link opens an app instead of a page.
func deep(link string) bool {
	return link != "" && !strings.HasPrefix(link, "https:") && !strings.HasPrefix(link, "http:")
}
