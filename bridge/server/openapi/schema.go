package openapi

import (
	"fmt"
	"strings"
)

// whole is a schema with its references followed and the parts of allOf joined.
func whole(schema *object) *object {
	o := resolve(schema)
	if !o.has("allOf") {
		return o
	}
	joined := (&object{}).set("type", "object")
	for _, part := range append(o.list("allOf"), o) {
		p := part.(*object)
		if p != o {
			p = whole(p)
		}
		for _, name := range []string{"description", "properties", "required", "examples"} {
			if p.has(name) {
				joined = joined.set(name, together(joined.value(name), p.value(name)))
			}
		}
	}
	return joined
}

// together is merged, and two lists one behind the other.
func together(first, second any) any {
	a, isList := first.([]any)
	b, alsoList := second.([]any)
	if isList && alsoList {
		return append(a[:len(a):len(a)], b...)
	}
	return merged(first, second)
}

// variants are the schemas of which one or another holds.
func variants(o *object) []*object {
	var list []*object
	for _, v := range append(o.list("oneOf"), o.list("anyOf")...) {
		if child, ok := v.(*object); ok && (child.has("$ref") || child.has("type") || child.has("const")) {
			list = append(list, child)
		}
	}
	return list
}

// sample is a value that fits a schema: its own example, or one made of its parts.
func sample(schema *object) any {
	o := whole(schema)
	switch {
	case o.has("const"):
		return o.value("const")
	case len(o.list("examples")) > 0:
		return o.list("examples")[0]
	case len(o.list("enum")) > 0:
		return o.list("enum")[0]
	case o.has("default"):
		return o.value("default")
	case len(variants(o)) > 0:
		return sample(variants(o)[0])
	case o.has("properties"):
		return sampleObject(o.object("properties"))
	case o.has("items"):
		return []any{sample(o.object("items"))}
	}
	return &object{}
}

// sampleObject has every member but those that are seldom there.
func sampleObject(properties *object) *object {
	made := &object{}
	for _, name := range properties.names {
		if properties.object(name).has("x-seldom") {
			continue
		}
		made = made.set(name, sample(properties.object(name)))
	}
	return made
}

// typeName is a schema's type as people say it.
func typeName(schema *object) string {
	o := whole(schema)
	switch {
	case o.has("const"):
		return "always"
	case len(variants(o)) > 0:
		return variantNames(variants(o))
	case o.has("items"):
		return "list of " + plural(o.object("items"))
	case o.text("format") == "date-time":
		return orNull(o, "time")
	case o.object("additionalProperties") != nil:
		return "object of texts"
	}
	return orNull(o, simpleType(o))
}

func simpleType(o *object) string {
	name := o.text("type")
	for _, t := range o.list("type") {
		if t != "null" {
			name = fmt.Sprint(t)
		}
	}
	switch name {
	case "string":
		return "text"
	case "":
		return "anything"
	}
	return name
}

func orNull(o *object, name string) string {
	for _, t := range o.list("type") {
		if t == "null" {
			return name + " or null"
		}
	}
	return name
}

func plural(items *object) string {
	name := typeName(items)
	if name == "text" || name == "object" {
		return name + "s"
	}
	return name
}

func variantNames(list []*object) string {
	var names []string
	for _, v := range list {
		name := typeName(v)
		switch {
		case v.has("const"):
			name = fmt.Sprintf("%q", v.value("const"))
		case v.text("type") == "null":
			name = "null"
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	if len(names) > 3 {
		return "one of several"
	}
	return strings.Join(names, " or ")
}

// limits are what a value must keep to, in words.
func limits(o *object) []string {
	var list []string
	bound := func(format, least, most string) {
		switch {
		case o.has(least) && o.has(most):
			list = append(list, fmt.Sprintf(format, fmt.Sprintf("%v to %v", o.value(least), o.value(most))))
		case o.has(most):
			list = append(list, fmt.Sprintf(format, fmt.Sprintf("at most %v", o.value(most))))
		case o.has(least) && fmt.Sprint(o.value(least)) != "0":
			list = append(list, fmt.Sprintf(format, fmt.Sprintf("at least %v", o.value(least))))
		}
	}
	bound("%s characters", "minLength", "maxLength")
	bound("%s", "minimum", "maximum")
	bound("%s entries", "minItems", "maxItems")
	if o.has("default") {
		list = append(list, fmt.Sprintf("%v when left out", o.value("default")))
	}
	return list
}
