package page

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/design"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// Config is the configuration of all pages of a wallet. PublicURL, Accent and Texts are
// required.
type Config struct {
	PublicURL      *url.URL // where payers reach the wallet; its path is a prefix of every page's
	Merchant       string   // whom payers pay, unless a page names another
	Accent         string   // the wallet's own colour, as #rrggbb
	FrameAncestors []string // origins that may show the pages in a frame, besides our own
	Texts          Texts
	Files          fs.FS // pages/*.html and assets/* of the wallet; nil when it has none

	Now func() time.Time // time.Now
	Log *slog.Logger     // discards
}

// Shell renders the pages of one wallet.
type Shell struct {
	cfg       Config
	texts     Texts
	templates *template.Template
	assets    *design.Assets
	head      template.HTML
}

// New returns a shell. All mistakes in cfg are reported together.
func New(cfg Config) (*Shell, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	texts, textsErr := cfg.Texts.merged()
	templates, templatesErr := parse(cfg.Files)
	if err := errors.Join(textsErr, templatesErr); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	s := &Shell{cfg: cfg, texts: texts, templates: templates}
	s.openAssets()
	return s, nil
}

// parse reads the shell's templates and the wallet's.
func parse(own fs.FS) (*template.Template, error) {
	templates := template.New("").Funcs(template.FuncMap{"icon": design.Icon, "money": design.Money})
	templates = template.Must(templates.ParseFS(pageFiles, "pages/*.html"))
	if own == nil {
		return templates, nil
	}
	names, err := fs.Glob(own, "pages/*.html")
	if err != nil || len(names) == 0 {
		return templates, err
	}
	return templates.ParseFS(own, names...)
}

// openAssets serves the files and links those of the wallet after the shell's.
func (s *Shell) openAssets() {
	linked := []string{"cashier.css", "cashier.js"}
	roots := []fs.FS{design.Files(), assetFiles}
	if s.cfg.Files != nil {
		if assets, err := fs.Sub(s.cfg.Files, "assets"); err == nil && exists(assets) {
			roots = append(roots, assets)
			linked = append(linked, styles(assets)...)
		}
	}
	s.assets = design.NewAssets(roots...)
	s.head = s.assets.Head(s.cfg.PublicURL.Path+"/assets/", s.cfg.Accent, linked...)
}

func exists(root fs.FS) bool {
	_, err := fs.Stat(root, ".")
	return err == nil
}

// styles returns the names of the stylesheets and scripts in a folder.
func styles(root fs.FS) []string {
	names, _ := fs.Glob(root, "*") // only a bad pattern is an error
	return slices.DeleteFunc(names, func(name string) bool { return path.Ext(name) != ".css" && path.Ext(name) != ".js" })
}

// ServeAsset serves the stylesheet, script or image that the request's path ends in.
func (s *Shell) ServeAsset(w http.ResponseWriter, r *http.Request) { s.assets.ServeHTTP(w, r) }

// origin returns the origin at which payers see the pages.
func (s *Shell) origin() string { return s.cfg.PublicURL.Scheme + "://" + s.cfg.PublicURL.Host }

// origins returns those that may receive a result, ours first.
func (s *Shell) origins() string {
	return strings.Join(append([]string{s.origin()}, s.cfg.FrameAncestors...), " ")
}

// policy lets a page send its form to itself and, because browsers count the redirect
// that follows, to where the payer returns.
func (s *Shell) policy(returnURL string) design.Policy {
	forms := []string{"'self'"}
	if u, err := url.Parse(returnURL); err == nil && u.Host != "" {
		forms = append(forms, u.Scheme+"://"+u.Host)
	}
	return design.Policy{FormAction: forms, FrameAncestors: append([]string{"'self'"}, s.cfg.FrameAncestors...)}
}
