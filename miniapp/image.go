package miniapp

import (
	"github.com/minitill/minitill/internal/qrcode"
	"github.com/minitill/minitill/wallet"
)

// Drawn is an action ready to show: a QR code whose wallet sent no image gets one as a
// data: URL. An action that needs none is returned as it is.
func Drawn(action *wallet.Action) *wallet.Action {
	if action == nil || action.Type != wallet.ActionQR || action.Image != "" {
		return action
	}
	drawn := *action
	drawn.Image = qrcode.DataURL(action.Content)
	return &drawn
}

// Scannable is an action ready to show on a page that another phone may look at: what
// this one would open, that one can scan.
func Scannable(action *wallet.Action) *wallet.Action {
	drawn := Drawn(action)
	if drawn == nil || drawn.Image != "" {
		return drawn
	}
	link := drawn.PaymentURL
	if link == "" {
		link = drawn.URL
	}
	if link == "" {
		return drawn
	}
	scannable := *drawn
	scannable.Image = qrcode.DataURL(link)
	return &scannable
}
