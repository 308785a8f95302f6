package guide

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/minitill/minitill/internal/design"
)

//go:embed templates
var templates embed.FS

var drawing = template.Must(template.ParseFS(templates, "templates/*.html"))

// first is the page that lists the others.
const first = "index"

// Guide serves the pages of a folder.
type Guide struct {
	head template.HTML
	read func() (*book, error)
}

// book is all pages and their order.
type book struct {
	pages    map[string]*page
	order    []*page
	contents []chapter
}

// chapter are the pages below one heading of the first page.
type chapter struct {
	Title string
	Pages []entry
}

type entry struct {
	Name, Title string
	Here        bool
}

// New returns a guide of the pages in files, which it reads at the first request. head is what
// the pages load, by addresses relative to theirs.
func New(files fs.FS, head template.HTML) *Guide {
	return &Guide{head: head, read: sync.OnceValues(func() (*book, error) { return open(files) })}
}

// open reads all pages, and their order from the first.
func open(files fs.FS) (*book, error) {
	pages, err := load(files)
	if err != nil {
		return nil, err
	}
	index := pages[first]
	if index == nil {
		return nil, fmt.Errorf("guide: there is no %s.md", first)
	}
	b := &book{pages: pages, order: []*page{index}}
	for _, l := range index.links {
		p := pages[address(first+".md", l.target)]
		if p == nil {
			continue
		}
		if n := len(b.contents); n == 0 || b.contents[n-1].Title != l.under {
			b.contents = append(b.contents, chapter{Title: l.under})
		}
		last := &b.contents[len(b.contents)-1]
		last.Pages = append(last.Pages, entry{Name: p.name, Title: p.title})
		b.order = append(b.order, p)
	}
	return b, nil
}

// ServeHTTP answers by the last part of the path: a page's name, or search.
func (g *Guide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := g.read()
	if err != nil {
		http.Error(w, "The guide cannot be read.", http.StatusInternalServerError)
		return
	}
	name := path.Base(r.URL.Path)
	switch p := b.pages[name]; {
	case strings.HasSuffix(r.URL.Path, "/guide"):
		w.Header().Set("Location", "guide/"+first)
		w.WriteHeader(http.StatusMovedPermanently)
	case name == "search":
		query := strings.TrimSpace(r.URL.Query().Get("q"))
		g.draw(w, http.StatusOK, view{Title: "Search", Query: query, Searched: true, Results: find(b.order, query), Contents: b.contents})
	case p == nil:
		g.draw(w, http.StatusNotFound, view{Title: "There is no such page", Contents: b.contents})
	default:
		g.draw(w, http.StatusOK, view{Title: p.title, Body: p.html, Contents: b.at(name)})
	}
}

// at is the contents, with one page marked.
func (b *book) at(name string) []chapter {
	marked := make([]chapter, len(b.contents))
	for i, c := range b.contents {
		marked[i].Title = c.Title
		for _, e := range c.Pages {
			e.Here = e.Name == name
			marked[i].Pages = append(marked[i].Pages, e)
		}
	}
	return marked
}

// view is what a page shows.
type view struct {
	Head     template.HTML
	Title    string
	Body     template.HTML
	Query    string
	Searched bool
	Results  []result
	Contents []chapter
}

func (g *Guide) draw(w http.ResponseWriter, status int, v view) {
	v.Head = g.head
	var b bytes.Buffer
	if err := drawing.ExecuteTemplate(&b, "guide.html", v); err != nil {
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	design.Policy{FormAction: []string{"'self'"}}.Write(w.Header()) // of the search
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader may have closed the connection
}
