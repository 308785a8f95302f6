package qrcode

import (
	"encoding/base64"
	"fmt"
	"strings"

	"rsc.io/qr"
)

const (
	quiet       = 4   // the white border that scanners need, in modules
	longContent = 150 // bytes
)

// DataURL is content as a QR code; empty when content is longer than such a code can hold.
func DataURL(content string) string {
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
