package openapi

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed openapi.yaml
var source []byte

// document is the source as it was written. A document that cannot be read is a
// mistake in the program, and panics.
var document = sync.OnceValue(func() *object {
	root, err := parse(source)
	if err != nil {
		panic("openapi: openapi.yaml: " + err.Error())
	}
	return root
})

// Document is the OpenAPI document as JSON. The caller may keep the slice.
func Document() []byte { return slices.Clone(plain()) }

var plain = sync.OnceValue(func() []byte { return asJSON(document()) })

// at is the document of a server that is reached at a public URL; empty leaves it
// relative to the root.
func at(public string) *object {
	if public == "" {
		return document()
	}
	server := (&object{}).set("url", public)
	return document().set("servers", []any{server})
}

func asJSON(o *object) []byte {
	text, err := o.MarshalJSON()
	if err != nil {
		panic("openapi: " + err.Error())
	}
	return text
}

// resolve follows a reference within the document. Members beside a reference count
// before those of its target, as with descriptions and examples.
func resolve(o *object) *object {
	for o.has("$ref") {
		var target any = document()
		for _, step := range strings.Split(strings.TrimPrefix(o.text("$ref"), "#/"), "/") {
			parent, _ := target.(*object)
			target = parent.value(step)
		}
		found, ok := target.(*object)
		if !ok {
			panic("openapi: nothing is at " + o.text("$ref"))
		}
		o = beside(found, o)
	}
	return o
}

// beside is a target with what stands beside a reference to it.
func beside(target, reference *object) *object {
	for _, name := range reference.names {
		if name != "$ref" {
			target = target.set(name, merged(target.value(name), reference.members[name]))
		}
	}
	return target
}

// merged is the second of two values, or, of two objects, the members of both.
func merged(first, second any) any {
	a, isObject := first.(*object)
	b, alsoObject := second.(*object)
	if !isObject || !alsoObject {
		return second
	}
	for _, name := range b.names {
		a = a.set(name, merged(a.value(name), b.members[name]))
	}
	return a
}

// refName is the last part of a reference: the name of what it refers to.
func refName(o *object) string {
	ref := o.text("$ref")
	return ref[strings.LastIndexByte(ref, '/')+1:]
}
