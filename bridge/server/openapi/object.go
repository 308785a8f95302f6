package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"
)

// object is a mapping that remembers the order of its members, since people wrote them
// in the order in which others should read them.
type object struct {
	names   []string
	members map[string]any
}

// parse reads YAML. Mappings become objects, sequences slices, the rest Go's own.
func parse(text []byte) (*object, error) {
	var root any
	if err := yaml.UnmarshalWithOptions(text, &root, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	o, ok := ordered(root).(*object)
	if !ok {
		return nil, fmt.Errorf("openapi: the document is a %T", root)
	}
	return o, nil
}

func ordered(v any) any {
	switch v := v.(type) {
	case yaml.MapSlice:
		o := &object{members: make(map[string]any, len(v))}
		for _, item := range v {
			name := fmt.Sprint(item.Key)
			o.names = append(o.names, name)
			o.members[name] = ordered(item.Value)
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = ordered(v[i])
		}
		return list
	}
	return v
}

// has reports whether there is such a member. A nil object has none.
func (o *object) has(name string) bool {
	if o == nil {
		return false
	}
	_, ok := o.members[name]
	return ok
}

func (o *object) value(name string) any {
	if o == nil {
		return nil
	}
	return o.members[name]
}

// object is a member that is one, or nil.
func (o *object) object(name string) *object {
	child, _ := o.value(name).(*object)
	return child
}

func (o *object) text(name string) string {
	text, _ := o.value(name).(string)
	return text
}

func (o *object) list(name string) []any {
	list, _ := o.value(name).([]any)
	return list
}

// set returns a copy with a member that is another.
func (o *object) set(name string, value any) *object {
	changed := &object{names: o.names, members: make(map[string]any, len(o.members)+1)}
	for n, v := range o.members {
		changed.members[n] = v
	}
	if !o.has(name) {
		changed.names = append(o.names[:len(o.names):len(o.names)], name)
	}
	changed.members[name] = value
	return changed
}

// MarshalJSON keeps the order of the members.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encode(&b, o.members[name]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode writes JSON for people: & and < stay as they are.
func encode(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder's line end
	return nil
}
