package design

import "html/template"

// icons are drawn on a grid of 24 by 24 with a stroke of 2, in the colour of the text.
var icons = map[string]string{
	"check":   `<path d="m5 12.5 4.6 4.6L19 7.5"/>`,
	"cross":   `<path d="m6.5 6.5 11 11m0-11-11 11"/>`,
	"clock":   `<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>`,
	"hold":    `<rect x="5" y="10.5" width="14" height="9.5" rx="2.5"/><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>`,
	"release": `<path d="M9 14.5 4.5 10 9 5.5"/><path d="M5 10h9a5 5 0 0 1 0 10h-2.5"/>`,
	"stop":    `<circle cx="12" cy="12" r="8.5"/><path d="M8.5 12h7"/>`,
	"flag":    `<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.2m0 2.6v.1"/>`,
	"help":    `<circle cx="12" cy="12" r="8.5"/><path d="M9.6 9.6a2.4 2.4 0 1 1 3.4 2.2c-.7.3-1 .8-1 1.5m0 3v.1"/>`,
	"offline": `<path d="m4 4 16 16M8.6 11.6A8 8 0 0 0 6 13.4m-3-3.6a12.5 12.5 0 0 1 3.7-2.4m3.9-1.1A12.5 12.5 0 0 1 21 9.8m-6.2 1.9A8 8 0 0 1 18 13.4M9.8 16.8a3.2 3.2 0 0 1 3.6-.4"/><path d="M12 19.5v.1"/>`,
	"forward": `<path d="M5 12h14m-6-6 6 6-6 6"/>`,
	"chevron": `<path d="m9.5 6 6 6-6 6"/>`,
	"plus":    `<path d="M12 6v12M6 12h12"/>`,
	"minus":   `<path d="M6 12h12"/>`,
	"bag":     `<path d="M5.5 8.5h13l-.8 10a1.7 1.7 0 0 1-1.7 1.5H8a1.7 1.7 0 0 1-1.7-1.5z"/><path d="M9 8.5V8a3 3 0 0 1 6 0v.5"/>`,
	"wallet":  `<path d="M4.5 8.5A2.5 2.5 0 0 1 7 6h10.5v3"/><rect x="4.5" y="9" width="15" height="10.5" rx="2.5"/><path d="M15.5 14.2h.1"/>`,
	"code":    `<path d="m8.5 7.5-4.5 4.5 4.5 4.5m7-9 4.5 4.5-4.5 4.5"/>`,
	"retry":   `<path d="M19 12a7 7 0 1 1-2.2-5.1L19 9"/><path d="M19 4.5V9h-4.5"/>`,
	"dots":    `<path d="M6.5 12h.1m5.4 0h.1m5.4 0h.1"/>`,
}

// Icon is one of our icons as inline SVG, hidden from screen readers: it stands
// beside a text that says the same. An unknown name is a mistake in the program, and
// panics.
func Icon(name string) template.HTML {
	shape, ok := icons[name]
	if !ok {
		panic("design: no icon " + name)
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">` + shape + `</svg>`)
}

// StatusIcon is the icon for an order's status in the words of the contract, or for
// the states that pages add to them.
func StatusIcon(status string) template.HTML { return Icon(statusIcon(status)) }

func statusIcon(status string) string {
	switch status {
	case "paid", "succeeded":
		return "check"
	case "authorized":
		return "hold"
	case "failed":
		return "cross"
	case "canceled":
		return "stop"
	case "voided", "refunded":
		return "release"
	case "attention", "reversed", "trouble":
		return "flag"
	case "unknown", "nowhere":
		return "help"
	case "home":
		return "wallet"
	case "offline":
		return "offline"
	case "created", "loading":
		return "dots"
	}
	return "clock" // pending, waiting and expired are all about time
}
