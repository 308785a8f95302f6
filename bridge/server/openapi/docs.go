package openapi

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge/server/guide"
	guides "github.com/minitill/minitill/docs"
	"github.com/minitill/minitill/internal/design"
	sdkjs "github.com/minitill/minitill/sdk-js"
)

//go:embed assets
var files embed.FS

//go:embed templates
var templates embed.FS

//go:embed receiver/receiver.go
var goReceiver string

//go:embed receiver/receiver.mjs
var nodeReceiver string

var assets = design.NewAssets(design.Files(), files)

// pages are the guides, below /docs/guide.
var pages = guide.New(guides.Files, assets.Head("../assets/", "", "docs.css", "guide.css"))

var docs = template.Must(template.New("").Funcs(template.FuncMap{"icon": design.Icon}).
	ParseFS(templates, "templates/*.html"))

// receivers are how webhooks are verified. The file to copy is the helper's own.
func receivers() []snippet {
	verify, err := sdkjs.Files.ReadFile("dist/webhook.mjs")
	if err != nil {
		panic(err) // embedded
	}
	return []snippet{
		{"Node", strings.TrimSpace(nodeReceiver)},
		{"Node, a file to copy in place of the package", strings.TrimSpace(string(verify))},
		{"Go", strings.TrimSpace(goReceiver)},
	}
}

// Docs serves the page at /docs, the guides and what it loads below that, and the document at
// /openapi.json, with or without a prefix before these. public is how the server is
// reached, for the examples; they name a made-up host when it is empty.
func Docs(public string) http.Handler {
	public = strings.TrimSuffix(public, "/")
	h := &handler{json: sync.OnceValue(func() *jsonFile { return newJSONFile(public) })}
	h.page = sync.OnceValues(func() ([]byte, error) { return draw(public) })
	return h
}

type handler struct {
	json func() *jsonFile
	page func() ([]byte, error)
}

// ServeHTTP answers by the end of the path: all links of the page are relative, so it
// works wherever it is mounted.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.Contains(r.URL.Path, "/docs/guide"):
		pages.ServeHTTP(w, r)
	case path.Base(r.URL.Path) == "openapi.json":
		h.json().ServeHTTP(w, r)
	case strings.HasSuffix(r.URL.Path, "/docs"):
		h.servePage(w)
	case strings.HasSuffix(r.URL.Path, "/docs/"):
		w.Header().Set("Location", "../docs")
		w.WriteHeader(http.StatusMovedPermanently)
	default:
		assets.ServeHTTP(w, r)
	}
}

func (h *handler) servePage(w http.ResponseWriter) {
	text, err := h.page()
	if err != nil {
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	design.Policy{}.Write(w.Header())
	_, _ = w.Write(text) // the reader may have closed the connection
}

func draw(public string) ([]byte, error) {
	if public == "" {
		public = "https://till.example"
	}
	p := newPage(public)
	p.Head = assets.Head("docs/assets/", "", "docs.css", "docs-code.css", "docs.js")
	var b bytes.Buffer
	err := docs.ExecuteTemplate(&b, "docs.html", p)
	return b.Bytes(), err
}

// jsonFile is the document, for tools of any origin.
type jsonFile struct {
	text []byte
	etag string
}

func newJSONFile(public string) *jsonFile {
	text := asJSON(at(public))
	sum := sha256.Sum256(text)
	return &jsonFile{text, `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// ServeHTTP answers with the document, or 304 when the caller has it.
func (f *jsonFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.etag)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.text))
}
