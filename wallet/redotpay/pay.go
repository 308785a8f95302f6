package redotpay

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The reported limits, in characters.
const (
	mostUID     = 32
	mostText    = 126
	mostCode    = 19
	mostMethods = 64
	mostMethod  = 64 // bytes of a method's id
)

// envs are where the payer opens the link. A mini program opens it like a phone's browser.
var envs = map[wallet.Channel]string{wallet.Web: "WEB", wallet.H5: "H5", wallet.App: "APP", wallet.MiniProgram: "H5"}

// encodeCreate returns the body of create. It depends on the request and the settings alone, so
// that a repeat has the same bytes.
func (w *Wallet) encodeCreate(req *wallet.PaymentRequest) []byte {
	o := wire.NewObject().Text("outerOrderSn", req.RequestID).Text("outerUid", uid(req)).
		Number("orderAmount", wire.Major(req.Amount)).Text("orderCurrency", string(req.Amount.Currency))
	if !req.ExpiresAt.IsZero() {
		o = o.Int("timeExpire", req.ExpiresAt.UnixMilli())
	}
	o = o.Text("env", cmp.Or(envs[req.Channel], "WEB")).Text("orderDesc", wire.Truncate(title(req), mostText)).
		List("goods", w.goods(req)).Text("redirectUrl", req.ReturnURL)
	if w.config.RedirectInBuyer {
		o = o.Inner("buyer", wire.NewObject().Text("redirectUrl", req.ReturnURL))
	}
	o = o.Text("merchantName", w.config.MerchantName)
	if w.config.Manual != nil {
		o = o.Bool("manual", *w.config.Manual)
	}
	return o.End()
}

// goods returns the whole order as one line, since it is not documented whether goodsAmount is
// a unit's price or the line's.
func (w *Wallet) goods(req *wallet.PaymentRequest) wire.Object {
	sku, name := "ORDER", title(req)
	if len(req.Items) == 1 {
		sku, name = cmp.Or(req.Items[0].SKU, sku), cmp.Or(req.Items[0].Name, name)
	}
	return wire.NewObject().Text("goodsType", cmp.Or(w.config.GoodsType, "02")).
		Text("goodsCategory", cmp.Or(w.config.GoodsCategory, "Z000")).
		Text("goodsCode", wire.Truncate(sku, mostCode)).Text("goodsName", wire.Truncate(name, mostText)).
		Int("goodsCount", 1).Number("goodsAmount", wire.Major(req.Amount)).Text("goodsCoin", string(req.Amount.Currency))
}

// uid returns the payer's id with the merchant; that of the payment where there is none or it
// is too long, so that two payers never share one.
func uid(req *wallet.PaymentRequest) string {
	if id := req.Payer.ID; id != "" && len(id) <= mostUID {
		return id
	}
	return wire.Truncate(req.RequestID, mostUID)
}

func title(req *wallet.PaymentRequest) string {
	return cmp.Or(req.Description, req.Order, req.RequestID)
}

var (
	errNowhere = errors.New("the answer has neither a link that can be opened nor methods")
	errMethods = fmt.Errorf("%w: payment methods", wire.ErrMalformed)
)

// methodList is the list of methods in an answer, in its order.
type methodList []methodJSON

// methods are the methods that an answer offers.
func (o *createdJSON) methods() (methodList, error) {
	var all methodList
	if len(o.PaymentMethods) == 0 || o.PaymentMethods.Kind() == 'n' {
		return nil, nil
	}
	if err := wire.Decode(o.PaymentMethods, &all); err != nil || len(all) > mostMethods {
		return nil, errMethods
	}
	for i := range all {
		m := &all[i]
		if _, twice := all[:i].find(string(m.ID)); twice || m.ID == "" || len(m.ID) > mostMethod {
			return nil, errMethods
		}
		if m.Manual == nil {
			m.Manual = o.Manual
		}
	}
	return all, nil
}

// find returns the method with an id.
func (l methodList) find(id string) (methodJSON, bool) {
	for _, m := range l {
		if string(m.ID) == id {
			return m, true
		}
	}
	return methodJSON{}, false
}

// manual reports whether the method's address has to be fetched. Where the answer does not say,
// a method that has an address is not manual.
func (m *methodJSON) manual() bool {
	if m.Manual != nil {
		return *m.Manual
	}
	return m.placeJSON == placeJSON{}
}

// choice returns the action with which the payer chooses one of the methods.
func (l methodList) choice() *wallet.Action {
	action := &wallet.Action{Type: wallet.ActionChooseMethod}
	for _, m := range l {
		action.Methods = append(action.Methods, wallet.Method{ID: string(m.ID), Name: wire.Clip(cmp.Or(m.Name, string(m.ID)))})
	}
	return action
}

// mostPlaces bounds the stored addresses of one payment's methods, in bytes of their ids, links
// and codes.
const mostPlaces = 16 << 10

// places returns the addresses of the methods that are not manual. One that would exceed
// mostPlaces is left out, and fetched when it is chosen.
func (w *Wallet) places(methods methodList, channel wallet.Channel) (places []wallet.Place) {
	room := mostPlaces
	for i := range methods {
		m := &methods[i]
		action := w.chosenAction(&m.placeJSON, channel)
		if m.manual() || action == nil {
			continue
		}
		if size := len(m.ID) + len(action.URL) + len(action.Content); size <= room {
			room -= size
			places = append(places, wallet.Place{Method: string(m.ID), Action: *action})
		}
	}
	return places
}

// chosenAction returns the action of a chosen method: a QR code with the channel's link beside
// it; an app gets the link instead.
func (w *Wallet) chosenAction(p *placeJSON, channel wallet.Channel) *wallet.Action {
	return w.actionFor(p, channel, channel == wallet.App)
}

// action returns where a payer goes: on a phone a link where there is one, elsewhere a QR code
// where there is one. A QR code has the link beside it, for the phone that shows it.
func (w *Wallet) action(p *placeJSON, channel wallet.Channel) *wallet.Action {
	return w.actionFor(p, channel, channel.OnPhone())
}

// actionFor returns the link where linkFirst is set and there is one, else the QR code, else
// the link; nil when the answer has none of them.
func (w *Wallet) actionFor(p *placeJSON, channel wallet.Channel, linkFirst bool) *wallet.Action {
	link, qr := w.link(p, channel), cmp.Or(p.QRCode, p.QRContent)
	switch {
	case qr != "" && len(qr) <= mostQR && (link == "" || !linkFirst):
		return &wallet.Action{Type: wallet.ActionQR, Content: qr, URL: link}
	case link == "":
		return nil
	case !wire.WebURL(link) || channel == wallet.App && link == p.AppURL:
		return &wallet.Action{Type: wallet.ActionDeeplink, URL: link}
	}
	return &wallet.Action{Type: wallet.ActionRedirect, URL: link}
}

// mostQR is how many bytes a QR code can encode.
const mostQR = 2953

// link returns the first link that can be opened, those of the channel first.
func (w *Wallet) link(p *placeJSON, channel wallet.Channel) string {
	links := []string{p.WebURL, p.H5URL, p.AppURL}
	switch channel {
	case wallet.H5, wallet.MiniProgram:
		links = []string{p.H5URL, p.WebURL, p.AppURL}
	case wallet.App:
		links = []string{p.AppURL, p.H5URL, p.WebURL}
	}
	for _, link := range append(links, p.URL, p.PayURL) {
		if w.base.ValidLink(link) || link != p.WebURL && link != p.H5URL && deepLink(link) {
			return link
		}
	}
	return ""
}

// unsafe are schemes of links that open no app.
var unsafe = []string{"http", "https", "javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "view-source"}

// deepLink reports whether a link opens an app: a scheme of its own, without userinfo.
func deepLink(link string) bool {
	scheme, rest, found := strings.Cut(link, ":")
	scheme = strings.ToLower(scheme)
	if !found || rest == "" || scheme == "" || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != "" || slices.Contains(unsafe, scheme) {
		return false
	}
	authority, _, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "/")
	authority, _, _ = strings.Cut(authority, "?")
	return wire.ValidHeaderValue(link) && !strings.Contains(authority, "@")
}
