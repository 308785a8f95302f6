package miniapp

import (
	"encoding/base64"
	"fmt"
	"strings"

	"rsc.io/qr"

	"github.com/minitill/minitill/wallet"
)

// Drawn is an action ready to show: a QR code whose wallet sent no image gets one as a
// data: URL. An action that needs none is returned as it is.
func Drawn(action *wallet.Action) *wallet.Action {
	if action == nil || action.Type != wallet.ActionQR || action.Image != "" {
		return action
	}
	drawn := *action
	drawn.Image = qrImage(action.Content)
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
	scannable.Image = qrImage(link)
	return &scannable
}

const (
	quiet       = 4   // the white border that scanners need, in modules
	longContent = 150 // bytes
)

// qrImage is content as a QR code, an SVG in a data: URL; empty when it is longer than
// such a code can hold.
func qrImage(content string) string {
	level := qr.M
	if len(content) > longContent {
		level = qr.L // fewer modules are easier to scan than more redundancy
	}
	code, err := qr.Encode(content, level)
	if err != nil {
		return ""
	}
	var b strings.Builder
	side := code.Size + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, side, side)
	for y := range code.Size {
		drawRow(&b, code, y)
	}
	b.WriteString(`"/></svg>`)
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(b.String()))
}

// drawRow draws a row's black modules, those side by side as one bar.
func drawRow(b *strings.Builder, code *qr.Code, y int) {
	for x := 0; x < code.Size; x++ {
		start := x
		for x < code.Size && code.Black(x, y) {
			x++
		}
		if x > start {
			fmt.Fprintf(b, "M%d %dh%dv1h-%dz", start+quiet, y+quiet, x-start, x-start)
		}
	}
}
