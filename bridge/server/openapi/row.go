package openapi

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// row is a member of a body, or a parameter, as the page lists it.
type row struct {
	Name     string // with its path: items[].sku
	Type     string
	Link     string // the object that the type is, when it is listed by itself
	Required bool
	About    template.HTML
	Words    []string // the values it may have
	Limits   []string
}

// table is the members of an object, those of what it consists of included. Objects
// that are listed by themselves are linked instead.
func table(schema *object, listed map[string]bool) []row {
	return appendRows(nil, schema, "", listed)
}

func appendRows(rows []row, schema *object, prefix string, listed map[string]bool) []row {
	o := whole(schema)
	properties := o.object("properties")
	if properties == nil {
		return rows
	}
	for _, name := range properties.names {
		member := properties.object(name)
		r := newRow(prefix+name, member, listed)
		r.Required = slices.Contains(o.list("required"), any(name))
		rows = append(rows, r)
		if r.Link != "" {
			continue
		}
		if items := whole(member).object("items"); items != nil {
			rows = appendRows(rows, items, prefix+name+"[].", listed)
		} else {
			rows = appendRows(rows, member, prefix+name+".", listed)
		}
	}
	return rows
}

func newRow(name string, schema *object, listed map[string]bool) row {
	o := whole(schema)
	inner := schema
	if items := o.object("items"); items != nil {
		inner = items
	}
	r := row{Name: name, Type: typeName(schema), About: prose(o.text("description")), Limits: limits(o)}
	r.Link = linked(inner, listed)
	switch {
	case r.Link == "":
		r.Words = words(whole(inner))
	case inner != schema:
		r.Type = "list of " + r.Link
	default:
		r.Type = strings.Replace(r.Type, "object", r.Link, 1)
	}
	return r
}

// linked is the listed object that a schema is, alone or as one of several.
func linked(schema *object, listed map[string]bool) string {
	if name := refName(schema); listed[name] {
		return name
	}
	for _, v := range variants(resolve(schema)) {
		if name := linked(v, listed); name != "" {
			return name
		}
	}
	return ""
}

// words are the values that a schema lists.
func words(o *object) []string {
	if o.has("const") {
		return []string{fmt.Sprint(o.value("const"))}
	}
	var list []string
	for _, v := range o.list("enum") {
		if v != nil {
			list = append(list, fmt.Sprint(v))
		}
	}
	return list
}
