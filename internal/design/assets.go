package design

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

//go:embed assets
var files embed.FS

// Files are the files every page needs.
func Files() fs.FS { return files }

// Handler serves our own files alone.
func Handler() http.Handler { return own }

var own = NewAssets(files)

// Assets serves embedded files by their base names, so that it does not matter under
// which prefix it is mounted or whether the prefix was stripped. It also serves the
// generated accent.css.
type Assets struct{ byName map[string]asset }

type asset struct {
	data   []byte
	hash   string
	format string // the content type
}

// NewAssets reads every file below the given roots once. Two files of one base name
// are a mistake in the program, and panic.
func NewAssets(roots ...fs.FS) *Assets {
	a := &Assets{byName: make(map[string]asset)}
	for _, root := range roots {
		if err := fs.WalkDir(root, ".", a.add(root)); err != nil {
			panic(fmt.Sprintf("design: %v", err))
		}
	}
	return a
}

func (a *Assets) add(root fs.FS) fs.WalkDirFunc {
	return func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		base := path.Base(name)
		if _, taken := a.byName[base]; taken {
			return fmt.Errorf("two files are called %s", base)
		}
		a.byName[base] = newAsset(base, data)
		return nil
	}
}

func newAsset(name string, data []byte) asset {
	sum := sha256.Sum256(data)
	return asset{data, hex.EncodeToString(sum[:6]), contentType(name)}
}

// contentType does not use the system's tables, which differ from machine to machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// ServeHTTP answers with the file that the last element of the path names.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, ok := a.find(r.URL)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", found.format)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox") // an SVG opened by itself runs nothing
	h.Set("ETag", `"`+found.hash+`"`)
	h.Set("Cache-Control", cacheControl(r.URL.Query().Get("v") == found.hash))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(found.data))
}

func (a *Assets) find(u *url.URL) (asset, bool) {
	name := path.Base(u.Path)
	if name == accentName {
		return accentAsset(u.Query().Get("c"))
	}
	found, ok := a.byName[name]
	return found, ok
}

// cacheControl lets browsers keep a file that is requested by its hash for good. Others are
// kept too, but revalidated each time.
func cacheControl(byHash bool) string {
	if byHash {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// URL is where a page finds a file below base, with the hash of its content.
func (a *Assets) URL(base, name string) string {
	return base + name + "?v=" + a.byName[name].hash
}

// Head is what a page puts into its <head>: the shared stylesheet, the accent when
// there is one, then the page's own stylesheets and scripts by their names.
func (a *Assets) Head(base, accent string, names ...string) template.HTML {
	var b strings.Builder
	b.WriteString(`<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">` + "\n")
	b.WriteString(`<meta name="color-scheme" content="light dark">` + "\n")
	link := func(format, target string) {
		fmt.Fprintf(&b, format+"\n", template.HTMLEscapeString(target))
	}
	link(`<link rel="icon" type="image/svg+xml" href="%s">`, a.URL(base, "mark.svg"))
	link(`<link rel="stylesheet" href="%s">`, a.URL(base, "design.css"))
	if c, ok := parseColour(accent); ok {
		link(`<link rel="stylesheet" href="%s">`, base+accentName+"?c="+strings.TrimPrefix(c.String(), "#"))
	}
	for _, name := range names {
		if path.Ext(name) == ".css" {
			link(`<link rel="stylesheet" href="%s">`, a.URL(base, name))
		} else {
			link(`<script type="module" src="%s"></script>`, a.URL(base, name))
		}
	}
	return template.HTML(b.String())
}
