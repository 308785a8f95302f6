package app

import (
	"bytes"
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// parseYAML returns the root of the one document in text, nil when it is empty. Mistakes
// are reported without the source, which may contain secrets.
func (d *decoder) parseYAML(text []byte) ast.Node {
	file, err := parser.ParseBytes(bytes.TrimPrefix(text, []byte("\ufeff")), 0)
	var located yaml.Error
	switch {
	case errors.As(err, &located):
		d.found.add(line(located.GetToken()), "this is not YAML: %s", located.GetMessage())
		return nil
	case err != nil:
		d.found.add("line 1", "this is not YAML")
		return nil
	}
	var root ast.Node
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		if root != nil {
			d.found.add(line(document.Body.GetToken()), "a second document; there is one only")
			return nil
		}
		root = document.Body
	}
	return root
}

func line(t *token.Token) string {
	if t == nil || t.Position == nil {
		return "line 1"
	}
	return "line " + itoa(t.Position.Line)
}

// pairs returns the entries of a mapping. Null is an empty one.
func pairs(n ast.Node) (list []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, isNull(n)
}

// entries returns the entries of a list. Null is an empty one.
func entries(n ast.Node) (list []ast.Node, ok bool) {
	if n, ok := n.(*ast.SequenceNode); ok {
		return n.Values, true
	}
	return nil, isNull(n)
}

func isNull(n ast.Node) bool {
	_, null := n.(*ast.NullNode)
	return n == nil || null
}

// scalar returns a single value, and whether it is text: in quotes, or not a number or
// boolean of YAML.
func scalar(n ast.Node) (value string, isText, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true, true
	case *ast.LiteralNode:
		return n.Value.Value, true, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, false, true
	}
	return "", false, false
}

// name returns the name of a setting.
func name(pair *ast.MappingValueNode) string {
	if text, _, ok := scalar(pair.Key); ok {
		return text
	}
	return pair.Key.GetToken().Value
}
