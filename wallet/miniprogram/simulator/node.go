package simulator

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep a call's JSON may be nested. Orders have about six levels.
const maxDepth = 16

var (
	errDepth    = errors.New("too deep")
	errTrailing = errors.New("data after the object")
	errObject   = errors.New("not an object")
)

// node is one value of a call's JSON. A number is kept as the text that was written, since an
// amount must not pass through a float.
type node struct {
	kind    jsontext.Kind // 0 when it is absent
	text    string        // of a string, unescaped; of a number, as it was written
	members map[string]node
	items   []node
}

// parse reads one object and nothing else. Duplicate members, invalid UTF-8 and
// trailing data are errors.
func parse(body []byte) (node, error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	n, err := read(d, 0)
	if err != nil {
		return node{}, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return node{}, errTrailing
	}
	if n.kind != '{' {
		return node{}, errObject
	}
	return n, nil
}

func read(d *jsontext.Decoder, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, errDepth
	}
	token, err := d.ReadToken()
	if err != nil {
		return node{}, err
	}
	n := node{kind: token.Kind()}
	switch n.kind {
	case '"', '0':
		n.text = token.String()
	case '{':
		return n, n.readMembers(d, depth)
	case '[':
		return n, n.readItems(d, depth)
	}
	return n, nil
}

func (n *node) readMembers(d *jsontext.Decoder, depth int) error {
	n.members = make(map[string]node)
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		key := name.String() // before the next read takes its bytes
		member, err := read(d, depth+1)
		if err != nil {
			return err
		}
		n.members[key] = member
	}
	_, err := d.ReadToken()
	return err
}

func (n *node) readItems(d *jsontext.Decoder, depth int) error {
	for d.PeekKind() != ']' {
		item, err := read(d, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := d.ReadToken()
	return err
}

// at returns the value at a path such as "order.buyer.referenceBuyerId"; absent when any part
// of it is.
func (n node) at(path string) node {
	for name := range strings.SplitSeq(path, ".") {
		n = n.members[name]
	}
	return n
}

// present reports whether there is a value other than null.
func (n node) present() bool { return n.kind != 0 && n.kind != 'n' }

// str returns the string at a path, empty when there is none.
func (n node) str(path string) string {
	if found := n.at(path); found.kind == '"' {
		return found.text
	}
	return ""
}

// first returns the first string that is not empty.
func (n node) first(paths ...string) string {
	for _, path := range paths {
		if s := n.str(path); s != "" {
			return s
		}
	}
	return ""
}

// boolean reads true and "true"; dialects differ in how they write it.
func (n node) boolean(path string) bool {
	found := n.at(path)
	return found.kind == 't' || found.kind == '"' && found.text == "true"
}

// notText returns the path of a number, a boolean or an empty string: dialects in which every
// scalar is a string refuse them.
func (n node) notText(path string) string {
	switch n.kind {
	case '0', 't', 'f':
		return path
	case '"':
		if n.text == "" {
			return path
		}
	}
	for name, member := range n.members {
		if found := member.notText(strings.TrimPrefix(path+"."+name, ".")); found != "" {
			return found
		}
	}
	for _, item := range n.items {
		if found := item.notText(path); found != "" {
			return found
		}
	}
	return ""
}
