package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"

	"github.com/minitill/minitill/internal/design"
)

//go:embed assets art
var files embed.FS

//go:embed templates
var templates embed.FS

var assets = design.NewAssets(design.Files(), files)

var page = template.Must(template.New("").Funcs(template.FuncMap{"icon": design.Icon}).
	ParseFS(templates, "templates/*.html"))

const base = "/demo/assets/"

// Handler is the demo, to be mounted at /demo/ without stripping the prefix.
func Handler(cfg Config) http.Handler {
	d := &demo{cfg.withDefaults()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo/{$}", d.serveShop)
	mux.HandleFunc("GET /demo/events/{order}", d.serveEvents)
	mux.Handle("GET /demo/assets/", assets)
	mux.Handle("GET /demo/art/", assets)
	if cfg.Missing != nil {
		mux.Handle("/demo/", cfg.Missing)
	}
	return mux
}

type demo struct{ cfg Config }

func (d *demo) serveShop(w http.ResponseWriter, r *http.Request) {
	if home := d.home(r.Host); home != "" {
		http.Redirect(w, r, home, http.StatusFound)
		return
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "shop.html", d.drawing()); err != nil {
		http.Error(w, "The shop could not be rendered.", http.StatusInternalServerError)
		return
	}
	design.Policy{FrameSrc: append([]string{"'self'"}, d.cfg.FrameSources...)}.Write(w.Header())
	_, _ = b.WriteTo(w)
}

type drawing struct {
	Config
	Title string
	Head  template.HTML
	Icons []string
	Steps []step
	// Places are held by the products until the menu is there.
	Places [6]struct{}
}

// step is an arrow in the picture of a payment, from one lifeline to another.
type step struct{ Name, From, To, Says, Call string }

func (d *demo) drawing() drawing {
	return drawing{
		Config: d.cfg, Title: Title,
		Head:  assets.Head(base, Accent, "demo.css", "shop.css", "panel.css", "main.js"),
		Icons: []string{"check", "cross", "clock", "hold", "release", "stop", "flag", "help", "plus", "minus", "bag", "retry", "dots"},
		Steps: []step{
			{"order", "shop", "till", "I would like this", "POST /orders"},
			{"payment", "till", "wallet", "Open a payment", "signed request"},
			{"cashier", "shop", "wallet", "The payer pays", "my.tradePay"},
			{"news", "wallet", "till", "It is paid", "signed notification"},
			{"truth", "till", "shop", "Paid, with a receipt", "POST /orders/…/result"},
		},
	}
}
