package openapi

import (
	"html/template"
	"slices"
	"strings"
)

// call is one operation as the page shows it.
type call struct {
	ID, Method, Path string
	Summary          string
	About            template.HTML
	Caller           string // who may call it
	Parameters       []row
	Body             []row
	BodyType         string // where it is not JSON
	Optional         bool   // the body may be left out
	Snippets         []snippet
	Answers          []answer
	Problems         []problem
}

// answer is a response that is no problem.
type answer struct {
	Status string
	About  template.HTML
	Link   string // the object that it is
	Type   string
	JSON   string
}

// problem is one that a call may answer with.
type problem struct {
	Status, Title string
	Codes         []string
	About         template.HTML
}

func (b *builder) call(path string, item *object, method string) call {
	op := item.object(method)
	c := call{
		ID: op.text("operationId"), Method: strings.ToUpper(method), Path: path,
		Summary: op.text("summary"), About: prose(op.text("description")), Caller: caller(op),
	}
	for _, p := range append(item.list("parameters"), op.list("parameters")...) {
		c.Parameters = append(c.Parameters, b.parameter(resolve(p.(*object))))
	}
	if body := op.object("requestBody"); body != nil {
		b.addBody(&c, resolve(body))
	}
	responses := op.object("responses")
	for _, status := range responses.names {
		b.addAnswer(&c, status, responses.object(status))
	}
	c.Snippets = b.snippets(&c, op)
	return c
}

func (b *builder) parameter(p *object) row {
	r := newRow(p.text("name"), p.object("schema"), nil)
	r.Required, _ = p.value("required").(bool)
	r.About = prose(p.text("description"))
	r.Type += " in the " + p.text("in")
	return r
}

func (b *builder) addBody(c *call, body *object) {
	required, _ := body.value("required").(bool)
	c.Optional = !required
	mediaType, content := only(body.object("content"))
	if mediaType != "application/json" {
		c.BodyType = mediaType
	}
	if schema := content.object("schema"); schema != nil {
		c.Body = table(schema, b.request)
	}
}

// addAnswer notes a response: what is good with an example, problems in a line.
func (b *builder) addAnswer(c *call, status string, ref *object) {
	response := resolve(ref)
	mediaType, content := only(response.object("content"))
	schema := content.object("schema")
	about := prose(response.text("description"))
	if mediaType == "application/problem+json" {
		c.Problems = append(c.Problems, problem{Status: status, Codes: codes(schema), About: about})
		return
	}
	a := answer{Status: status, About: about, Type: strings.TrimPrefix(mediaType, "application/json")}
	if schema.has("$ref") {
		name := refName(schema)
		if a.Link = name; !b.listed[name] {
			a.Link, a.JSON = "", pretty(sample(schema), 0)
		}
	}
	c.Answers = append(c.Answers, a)
}

// codes are those that a problem's schema narrows down to.
func codes(schema *object) []string { return words(schema.object("properties").object("code")) }

// only is the one entry of a mapping.
func only(o *object) (string, *object) {
	if o == nil || len(o.names) == 0 {
		return "", nil
	}
	return o.names[0], o.object(o.names[0])
}

// callers are the security schemes in words.
var callers = map[string]string{
	"session": "session token", "orderToken": "order token", "merchantKey": "key with the scope ", "streamToken": "",
}

// caller says who may make a call.
func caller(op *object) string {
	var ways []string
	for _, requirement := range op.list("security") {
		scheme, _ := only(requirement.(*object))
		way := callers[scheme]
		if scheme == "" {
			way = "nobody in particular"
		}
		for _, scope := range requirement.(*object).list(scheme) {
			way += scope.(string)
		}
		if way != "" && !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	return strings.Join(ways, ", or ")
}
