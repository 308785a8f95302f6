package guide

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// repository is where links lead that leave docs.
const repository = "https://github.com/minitill/minitill/blob/main/"

// markdown is how pages are written. It passes no HTML on.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// page is one guide.
type page struct {
	name, title string
	html        template.HTML
	ids         map[string]bool // of its headings
	sections    []section
	links       []link
}

// section is what stands below one heading, as plain text.
type section struct{ title, id, text string }

// link is one in the source of a page, with the heading above it.
type link struct{ text, target, under string }

// marks are comments that tests replace parts of pages between.
var marks = regexp.MustCompile(`(?m)^<!-- .* -->\n`)

// load reads all pages.
func load(files fs.FS) (map[string]*page, error) {
	pages := map[string]*page{}
	err := fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".md" {
			return err
		}
		source, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		p, err := read(file, marks.ReplaceAll(source, nil))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		pages[p.name] = p
		return nil
	})
	return pages, err
}

// nameOf is the name of the page of a file.
func nameOf(file string) string { return strings.ReplaceAll(strings.TrimSuffix(file, ".md"), "/", "-") }

// read parses one page and renders it.
func read(file string, source []byte) (*page, error) {
	p := &page{name: nameOf(file), ids: map[string]bool{}}
	tree := markdown.Parser().Parse(text.NewReader(source))
	err := ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.note(n, file, source)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, source, tree); err != nil {
		return nil, err
	}
	p.html = template.HTML(b.String()) // of our own files, without their HTML
	return p, nil
}

// note takes headings, texts and links from a node, and has links lead to pages.
func (p *page) note(n ast.Node, file string, source []byte) {
	switch n := n.(type) {
	case *ast.Heading:
		p.head(n, source)
	case *ast.Link:
		target := string(n.Destination)
		p.links = append(p.links, link{plain(n, source), target, p.under()})
		n.Destination = []byte(address(file, target))
	case *ast.Text:
		p.add(string(n.Segment.Value(source)))
	case *ast.FencedCodeBlock:
		p.add(string(n.Lines().Value(source)))
	case *ast.CodeBlock:
		p.add(string(n.Lines().Value(source)))
	}
}

// head begins a section.
func (p *page) head(n *ast.Heading, source []byte) {
	title, id := plain(n, source), ""
	if value, ok := n.AttributeString("id"); ok {
		id = string(value.([]byte))
	}
	if p.title == "" {
		p.title = title
	}
	p.ids[id] = true
	p.sections = append(p.sections, section{title: title, id: id})
}

func (p *page) under() string {
	if len(p.sections) == 0 {
		return ""
	}
	return p.sections[len(p.sections)-1].title
}

func (p *page) add(words string) {
	if len(p.sections) > 0 {
		p.sections[len(p.sections)-1].text += words + " "
	}
}

// plain is the text of a node and those below it.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
			continue
		}
		b.WriteString(plain(c, source))
	}
	return b.String()
}

// address is where a link of a file leads: to another page, within its page, into the
// repository, or elsewhere as it is.
func address(file, target string) string {
	if target == "" || strings.HasPrefix(target, "#") || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return target
	}
	to, place, found := strings.Cut(target, "#")
	if found {
		place = "#" + place
	}
	to = path.Join("docs", path.Dir(file), to)
	within, ok := strings.CutPrefix(to, "docs/")
	if ok && path.Ext(within) == ".md" && !strings.HasPrefix(within, "decisions/") {
		return nameOf(within) + place
	}
	return repository + to + place
}
