package design

import (
	"fmt"
	"math"
	"strconv"
)

// colour is red, green and blue, each from 0 to 1.
type colour [3]float64

func rgb(digits uint32) colour {
	return colour{float64(digits >> 16 & 255), float64(digits >> 8 & 255), float64(digits & 255)}.scaled(1.0 / 255)
}

// parseColour reads "#rrggbb" and nothing else: the text ends in a stylesheet.
func parseColour(s string) (colour, bool) {
	if len(s) != 7 || s[0] != '#' {
		return colour{}, false
	}
	digits, err := strconv.ParseUint(s[1:], 16, 32)
	return rgb(uint32(digits)), err == nil
}

// String is "#rrggbb".
func (c colour) String() string {
	whole := func(x float64) int { return int(math.Round(x * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", whole(c[0]), whole(c[1]), whole(c[2]))
}

func (c colour) scaled(by float64) colour { return colour{c[0] * by, c[1] * by, c[2] * by} }

// mix is c with a part of d, from 0 to 1, rounded to a colour a screen can show.
func (c colour) mix(d colour, part float64) colour {
	var m colour
	for i := range m {
		m[i] = math.Round((c[i]*(1-part)+d[i]*part)*255) / 255
	}
	return m
}

// until moves c toward extreme until it stands out from all grounds.
func (c colour) until(extreme colour, contrast float64, grounds ...colour) colour {
	const steps = 50
	for step := range steps {
		moved := c.mix(extreme, float64(step)/steps)
		if moved.standsOut(contrast, grounds) {
			return moved
		}
	}
	return extreme
}

func (c colour) standsOut(contrast float64, grounds []colour) bool {
	for _, ground := range grounds {
		if c.contrast(ground) < contrast {
			return false
		}
	}
	return true
}

// contrast is the ratio that WCAG 2 defines, from 1 to 21.
func (c colour) contrast(d colour) float64 {
	light, dark := c.luminance(), d.luminance()
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func (c colour) luminance() float64 {
	linear := func(x float64) float64 {
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
