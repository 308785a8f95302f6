package openapi

import (
	"fmt"
	"regexp"
	"strings"
)

// snippet is an example to copy.
type snippet struct{ Label, Text string }

// snippets are a call as curl makes it, and those of clients as a mini program or a
// browser does.
func (b *builder) snippets(c *call, op *object) []snippet {
	s := shot{call: c, url: b.public + fill(c.Path, op), body: requestExample(op)}
	for _, p := range op.list("parameters") {
		if parameter := resolve(p.(*object)); parameter.text("name") == "Idempotency-Key" {
			s.once = true
		}
	}
	list := []snippet{{"curl", s.curl()}}
	switch {
	case !strings.HasPrefix(c.Path, "/miniapp/"):
	case strings.HasSuffix(c.Path, "/stream"):
		list = append(list, snippet{"JavaScript", s.eventSource()})
	default:
		list = append(list, snippet{"JavaScript", s.myRequest()})
	}
	return list
}

// fill puts examples into a path.
func fill(path string, op *object) string {
	for _, p := range op.list("parameters") {
		parameter := resolve(p.(*object))
		if parameter.text("in") == "path" {
			path = strings.ReplaceAll(path, "{"+parameter.text("name")+"}", fmt.Sprint(sample(parameter.object("schema"))))
		}
	}
	return path
}

// requestExample is a body to send; nil when none is needed.
func requestExample(op *object) any {
	body := op.object("requestBody")
	if body == nil {
		return nil
	}
	_, content := only(resolve(body).object("content"))
	return content.value("example")
}

// shot is what an example needs to know.
type shot struct {
	*call
	url  string
	body any
	once bool // it takes an Idempotency-Key
}

func (s *shot) guarded() bool { return s.Caller != "" && !strings.Contains(s.Caller, "nobody") }

func (s *shot) curl() string {
	lines := []string{"curl " + s.url}
	if s.Method != "GET" && (s.Method != "POST" || s.body == nil) {
		lines[0] = "curl -X " + s.Method + " " + s.url
	}
	if s.guarded() {
		variable := "TOKEN"
		if strings.HasPrefix(s.Path, "/v1/") {
			variable = "TILL_KEY"
		}
		lines = append(lines, `-H "Authorization: Bearer $`+variable+`"`)
	}
	if s.once {
		lines = append(lines, `-H "Idempotency-Key: $(uuidgen)"`)
	}
	if s.body != nil {
		quoted := strings.ReplaceAll(pretty(s.body, len(`  -d ''`)), "'", `'\''`)
		lines = append(lines, `-H 'Content-Type: application/json'`, `-d '`+strings.ReplaceAll(quoted, "\n", "\n  ")+`'`)
	}
	return strings.Join(lines, " \\\n  ")
}

func (s *shot) myRequest() string {
	var b strings.Builder
	fmt.Fprintf(&b, "my.request({\n  url: '%s',\n", s.url)
	if s.Method != "GET" {
		fmt.Fprintf(&b, "  method: '%s',\n", s.Method)
	}
	b.WriteString("  headers: {\n")
	if s.guarded() {
		b.WriteString("    Authorization: 'Bearer ' + token,\n")
	}
	if s.once {
		b.WriteString("    'Idempotency-Key': key,\n")
	}
	if s.body != nil {
		b.WriteString("    'Content-Type': 'application/json',\n")
	}
	b.WriteString("    'Minitill-Envelope': '1',\n  },\n")
	if s.body != nil {
		fmt.Fprintf(&b, "  data: JSON.stringify(%s),\n", strings.ReplaceAll(script(s.body, len("  data: JSON.stringify(),")), "\n", "\n  "))
	}
	b.WriteString("  success: ({ data: { status, data, problem } }) => {\n    // data, or what went wrong\n  },\n});")
	return b.String()
}

func (s *shot) eventSource() string {
	return fmt.Sprintf("const url = '%s';\nconst events = new EventSource(url + '?token=' + orderToken);\n"+
		"events.addEventListener('order', ({ data }) => {\n  const { order } = JSON.parse(data);\n});", s.url)
}

// script is a value as people write it in JavaScript: members need no quotes.
func script(v any, behind int) string {
	return memberName.ReplaceAllString(pretty(v, behind), "$1:")
}

var memberName = regexp.MustCompile(`"([A-Za-z]+)":`)
