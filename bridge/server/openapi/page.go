package openapi

import (
	"html/template"
	"slices"
	"strings"
)

// page is the document as people read it.
type page struct {
	Head     template.HTML
	Title    string
	Intro    template.HTML
	Topics   []topic
	Groups   []group
	Webhooks webhooks
	Objects  []listing
	Problems []problem
}

// topic is a paragraph of the introduction that can be found by itself. Find is what it
// is found by.
type topic struct {
	ID, Title, Find string
	About           template.HTML
}

// group is the calls that belong together.
type group struct {
	ID, Title string
	About     template.HTML
	Calls     []call
}

// webhooks are what endpoints are sent. All are of one form.
type webhooks struct {
	group
	Types    []row
	Headers  []row
	Body     []row
	JSON     string
	Snippets []snippet
}

// listing is an object that answers consist of.
type listing struct {
	Name     string
	About    template.HTML
	Rows     []row
	Variants []listing
	JSON     string
}

// objects are those that are listed by themselves, in the order in which they are.
var objects = []string{
	"Order", "ClientOrder", "Payment", "ClientPayment", "Refund", "Item", "Amount", "Action",
	"Event", "Endpoint", "Delivery", "Wallet", "Envelope", "Problem",
}

// builder makes the page for a server that is reached at a public URL.
type builder struct {
	public  string
	listed  map[string]bool
	request map[string]bool // none: what a request consists of is shown where it is
}

func newPage(public string) *page {
	b := &builder{public: public, listed: map[string]bool{}}
	for _, name := range objects {
		b.listed[name] = true
	}
	info := document().object("info")
	p := &page{Title: info.text("title"), Groups: b.groups(), Webhooks: b.webhooks()}
	p.Intro, p.Topics = introduction(info.text("description"))
	for _, name := range objects {
		p.Objects = append(p.Objects, b.listing(name))
	}
	p.Problems = b.problems()
	return p
}

// introduction takes a description apart: paragraphs that begin with a strong title are
// topics.
func introduction(text string) (template.HTML, []topic) {
	var plain []string
	var topics []topic
	for _, paragraph := range strings.Split(text, "\n\n") {
		title, rest, found := strings.Cut(strings.TrimPrefix(paragraph, "**"), ".** ")
		if !found || !strings.HasPrefix(paragraph, "**") {
			plain = append(plain, paragraph)
			continue
		}
		topics = append(topics, topic{ID: slug(title), Title: title, Find: title + " " + strings.Join(spans(rest), " "), About: prose(rest)})
	}
	return prose(strings.Join(plain, "\n\n")), topics
}

// groups are the tags with their calls, in the document's order.
func (b *builder) groups() []group {
	var groups []group
	for _, t := range document().list("tags") {
		tag := t.(*object)
		g := group{ID: slug(tag.text("name")), Title: tag.text("name"), About: prose(tag.text("description"))}
		paths := document().object("paths")
		for _, path := range paths.names {
			g.Calls = append(g.Calls, b.callsOf(g.Title, path, paths.object(path))...)
		}
		if len(g.Calls) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

var methods = []string{"get", "post", "put", "patch", "delete"}

func (b *builder) callsOf(tag, path string, item *object) []call {
	var calls []call
	for _, method := range item.names {
		op := item.object(method)
		if !slices.Contains(methods, method) || op.list("tags")[0] != any(tag) {
			continue
		}
		calls = append(calls, b.call(path, item, method))
	}
	return calls
}

func (b *builder) webhooks() webhooks {
	const tag, typical = "Webhooks", "order.paid"
	all := document().object("webhooks")
	w := webhooks{group: group{ID: slug(tag), Title: tag, About: prose(tagText(tag))}, Snippets: receivers()}
	for _, name := range all.names {
		w.Types = append(w.Types, row{Name: name, About: prose(all.object(name).object("post").text("summary") + ".")})
	}
	op := all.object(typical).object("post")
	for _, p := range op.list("parameters") {
		w.Headers = append(w.Headers, b.parameter(resolve(p.(*object))))
	}
	_, content := only(op.object("requestBody").object("content"))
	w.Body = table(content.object("schema"), b.listed)
	w.JSON = pretty(sample(content.object("schema")), 0)
	return w
}

func tagText(name string) string {
	for _, t := range document().list("tags") {
		if tag := t.(*object); tag.text("name") == name {
			return tag.text("description")
		}
	}
	return ""
}

func (b *builder) listing(name string) listing {
	schema := document().object("components").object("schemas").object(name)
	l := listing{Name: name, About: prose(schema.text("description")), Rows: table(schema, b.listed), JSON: pretty(sample(schema), 0)}
	if name == "Envelope" {
		l.JSON = ""
	}
	for _, v := range schema.list("oneOf") {
		variant := v.(*object)
		if variant.has("$ref") {
			o := resolve(variant)
			l.Variants = append(l.Variants, listing{Name: constOf(o), About: prose(o.text("description")), Rows: table(variant, b.listed)[1:]})
		}
	}
	return l
}

// constOf is the tag of a variant.
func constOf(o *object) string { return words(o.object("properties").object("type"))[0] }

// problems are all that there are.
func (b *builder) problems() []problem {
	var list []problem
	responses := document().object("components").object("responses")
	for _, name := range responses.names {
		response := responses.object(name)
		mediaType, content := only(response.object("content"))
		if mediaType != "application/problem+json" {
			continue
		}
		schema := content.object("schema")
		status := sample(schema.object("properties").object("status"))
		list = append(list, problem{Status: oneLine(status), Codes: codes(schema), About: prose(response.text("description"))})
	}
	return list
}

// slug is a title as an address.
func slug(title string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' {
			return '-'
		}
		return r
	}, strings.ToLower(title))
}
