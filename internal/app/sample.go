package app

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// template returns the configuration file that init writes: the embedded one, with an
// example of an account of each kind of wallet that the binary adds.
func (env Env) template() []byte {
	var b strings.Builder
	b.WriteString(walletsHeading)
	for _, w := range env.Wallets {
		fmt.Fprintf(&b, "  # An account of kind %s, which this binary adds.\n  #%s:\n    #type: %s\n", w.Kind, w.Kind, w.Kind)
		writeSample(&b, reflect.ValueOf(w.New()).Elem(), "    ")
	}
	return bytes.Replace(template, []byte(walletsHeading), []byte(b.String()), 1)
}

// walletsHeading is the line of the template below which accounts stand.
const walletsHeading = "\nwallets:\n"

// writeSample writes the settings of a struct, commented out, each with its default. A
// setting that is required and has no default is marked to be filled in.
func writeSample(b *strings.Builder, v reflect.Value, indent string) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		value := v.FieldByIndex(f.Index)
		if f.Type == secretType {
			name += "File"
		}
		b.WriteString(indent + "#" + name + ":")
		if isGroup(value) {
			b.WriteString("\n")
			writeSample(b, value, indent+"  ")
			continue
		}
		b.WriteString(sampleValue(value, f.Tag.Get("validate")) + "\n")
	}
}

// isGroup reports whether a setting has settings of its own.
func isGroup(v reflect.Value) bool {
	_, isText := v.Addr().Interface().(interface{ UnmarshalText([]byte) error })
	return v.Kind() == reflect.Struct && v.Type() != secretType && !isText
}

// sampleValue returns what stands behind the colon of a setting.
func sampleValue(v reflect.Value, rule string) string {
	switch {
	case v.IsZero() && (rule == "required" || strings.HasPrefix(rule, "required,")):
		return "  # FILL IN"
	case v.Type() == durationType && !v.IsZero():
		return " " + v.Interface().(time.Duration).String()
	case v.Kind() == reflect.String && !v.IsZero():
		return fmt.Sprintf(" %q", v.String())
	case v.Kind() == reflect.Bool, v.CanInt() && !v.IsZero(), v.CanUint() && !v.IsZero():
		return fmt.Sprintf(" %v", v.Interface())
	}
	return ""
}
