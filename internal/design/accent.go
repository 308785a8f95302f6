package design

import (
	"fmt"
	"strings"
)

const accentName = "accent.css"

// DefaultAccent is the accent of pages whose app names none. design.css holds what
// accentCSS makes of it.
const DefaultAccent = "#1f5fd0"

// The grounds that text in the accent's colour stands on; as in design.css.
var (
	lightGrounds = []colour{rgb(0xffffff), rgb(0xf5f4f1)}
	darkGrounds  = []colour{rgb(0x1e1d1b), rgb(0x141312)}
)

// The least contrast: of text, and of what is no text but must be seen.
const (
	textContrast  = 4.5
	shapeContrast = 3
)

// accentAsset is the stylesheet of an accent given as rrggbb.
func accentAsset(digits string) (asset, bool) {
	c, ok := parseColour("#" + digits)
	if !ok {
		return asset{}, false
	}
	return newAsset(accentName, []byte(accentCSS(c))), true
}

// accentCSS derives everything a page needs from one colour. Any colour will do:
// where it cannot be read it is made darker or lighter until it can.
func accentCSS(c colour) string {
	var b strings.Builder
	fmt.Fprintf(&b, ":root{%s}\n", tones(c, lightGrounds, rgb(0), 0.09))
	fmt.Fprintf(&b, "@media (prefers-color-scheme:dark){:root{%s}}\n", tones(c, darkGrounds, rgb(0xffffff), 0.2))
	return b.String()
}

// tones writes the custom properties for one scheme. extreme is the colour to mix in against the
// grounds for more contrast; tint is how much of the accent its soft ground has.
func tones(c colour, grounds []colour, extreme colour, tint float64) string {
	soft := grounds[0].mix(c, tint)
	fill := c.until(extreme, shapeContrast, grounds...)
	fill, on := fill.withText()
	ink := c.until(extreme, textContrast, append(grounds, soft)...)
	return fmt.Sprintf("--accent:%s;--on-accent:%s;--accent-ink:%s;--accent-soft:%s", fill, on, ink, soft)
}

// withText returns the colour with text that can be read on it, white where possible.
func (c colour) withText() (fill, text colour) {
	white, black := rgb(0xffffff), rgb(0x111110)
	switch {
	case c.contrast(white) >= textContrast:
		return c, white
	case c.contrast(black) >= textContrast:
		return c, black
	}
	return c.until(rgb(0), textContrast, white), white
}
