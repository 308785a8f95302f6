package web

import (
	"cmp"

	"github.com/minitill/minitill/internal/qrcode"
	"github.com/minitill/minitill/wallet"
)

// WithQRCode returns action with the image of its QR code as a data: URL, unless the
// wallet has sent one. It returns an action of another type unchanged.
func WithQRCode(action *wallet.Action) *wallet.Action {
	if action == nil || action.Type != wallet.ActionQR {
		return action
	}
	return withImage(action, action.Content)
}

// WithLinkQRCode is WithQRCode for a page that a payer may read on another device: the
// link of an action gets a QR code too.
func WithLinkQRCode(action *wallet.Action) *wallet.Action {
	coded := WithQRCode(action)
	if coded == nil {
		return nil
	}
	link := cmp.Or(coded.PaymentURL, coded.URL)
	if link == "" {
		return coded
	}
	return withImage(coded, link)
}

// withImage returns a copy of action with a QR code of content. A content that is too
// long for a code leaves it without one.
func withImage(action *wallet.Action, content string) *wallet.Action {
	if action.Image != "" {
		return action
	}
	coded := *action
	coded.Image = qrcode.DataURL(content)
	return &coded
}
