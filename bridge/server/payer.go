package server

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// view is an order for a payer's page. holder reports that the browser has a token of the
// order.
func (s *Server) view(c *gin.Context, o *bridge.Order, shown view.Order, statusPath string, holder bool) pages.View {
	v := pages.View{
		Order: &shown, Closed: o.Closed, BasePath: s.base(c.Request), FrameAncestors: s.frames,
		ContinueURL: s.continueURL(c.Request.Context(), o, holder),
	}
	v.StatusURL = v.BasePath + statusPath
	if app, err := s.engine.App(o.App); err == nil {
		v.Title, v.Accent = app.Title, app.Accent
	}
	return v
}

// pageStatus is what a page's script requests.
type pageStatus struct {
	Order       pageOrder `json:"order"`
	ContinueURL string    `json:"continueUrl,omitempty"`
}

type pageOrder struct {
	ID        bridge.OrderID     `json:"id"`
	Status    wallet.Status      `json:"status"`
	Amount    wallet.Money       `json:"amount"`
	Paid      wallet.Money       `json:"paid"`
	Refunded  wallet.Money       `json:"refunded"`
	Reversed  *view.Reversal     `json:"reversed,omitempty"`
	Attention []bridge.Attention `json:"attention"`
	Closed    wallet.Status      `json:"closed,omitempty"` // why it can no longer be paid
}

// sendStatus answers a page's script; ?wait= holds the answer back. holder reports that the
// browser has a token of the order.
func (s *Server) sendStatus(c *gin.Context, o bridge.Order, holder bool) error {
	wait, err := web.ParseWait(c.Query("wait"))
	if err != nil {
		return err
	}
	send := func(c *gin.Context, o *bridge.Order) error { return s.sendPageStatus(c, o, holder) }
	if wait > 0 && !o.Final() {
		return s.held.Wait(c, s.engine, &o, c.Param("token"), wait, send)
	}
	return send(c, &o)
}

func (s *Server) sendPageStatus(c *gin.Context, o *bridge.Order, holder bool) error {
	v := view.NewOrder(o, view.ForClient)
	return web.Send(c, http.StatusOK, pageStatus{
		Order: pageOrder{
			ID: v.ID, Status: v.Status, Amount: v.Amount, Paid: v.Paid,
			Refunded: v.Refunded, Reversed: v.Reversed, Attention: v.Attention, Closed: o.Closed,
		},
		ContinueURL: s.continueURL(c.Request.Context(), o, holder),
	})
}

// continueURL is where the payer of a final order returns to the shop; empty without such
// a URL. For a holder of a token it has the receipt, which the shop's server can verify.
func (s *Server) continueURL(ctx context.Context, o *bridge.Order, holder bool) string {
	if !o.Final() {
		return ""
	}
	target := s.returnTarget(o)
	if target == nil {
		return ""
	}
	query := target.Query()
	query.Set("order", string(o.ID))
	query.Del("receipt")
	if receipt := s.receipt(ctx, o, holder); receipt != "" {
		query.Set("receipt", receipt)
	}
	target.RawQuery = query.Encode()
	return target.String()
}

// receipt is the order's receipt, for a holder of its token; empty without one.
func (s *Server) receipt(ctx context.Context, o *bridge.Order, holder bool) string {
	if !holder {
		return ""
	}
	receipt, err := s.api.Receipt(ctx, o)
	if err != nil {
		s.log.Error("receipt not issued; the answer has none; check the signing keys with minitill doctor", "order", o.ID, "fault", err)
	}
	return receipt
}

// returnTarget is the order's own return URL, or else its app's. The order's counts
// only at an origin of the app, which may have changed since the order was made.
func (s *Server) returnTarget(o *bridge.Order) *url.URL {
	app, err := s.engine.App(o.App)
	if err != nil {
		return nil
	}
	if app.ReturnsTo(o.ReturnURL) {
		return webURL(o.ReturnURL)
	}
	return webURL(app.ReturnURL)
}

// webURL parses an http or https URL without credentials; nil for anything else.
func webURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return u
}

// missing reports whether the fault is an address without an order.
func missing(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.NotFound || kind == fault.Unauthenticated
}
