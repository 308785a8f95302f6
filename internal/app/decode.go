package app

import (
	"encoding"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// decoder decodes YAML into structs by their json tags. It continues after a mistake, so
// that all are reported at once, and never converts between types: an account number
// without quotes would lose its leading zeros.
type decoder struct {
	dir   string                           // of the configuration file
	env   func(name string) (string, bool) // os.LookupEnv
	found mistakes
	given map[string]string // the setting that gave each secret, by the secret's path
	kinds map[string]kind   // of wallets, by their type
	// warnings are about dangerous settings that are accepted.
	warnings []string
}

// selfDecoder is a setting that decodes itself.
type selfDecoder interface {
	decode(d *decoder, n ast.Node, path string)
}

var (
	secretType   = reflect.TypeFor[signing.Secret]()
	durationType = reflect.TypeFor[time.Duration]()
	pathType     = reflect.TypeFor[filePath]()
)

// value decodes n into v. Null leaves v unchanged.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	if isNull(n) {
		return
	}
	switch own := v.Addr().Interface().(type) {
	case selfDecoder:
		own.decode(d, n, path)
		return
	case *signing.Secret:
		d.secret(n, own, path)
		return
	case encoding.TextUnmarshaler:
		d.text(n, path, func(s string) string { return reason(own.UnmarshalText([]byte(s))) })
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.object(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
	default:
		d.single(n, v, path)
	}
}

// reason returns why a type refused a text; empty when it did not.
func reason(err error) string {
	if err == nil {
		return ""
	}
	if f := fault.Of(err); f.Detail != "" {
		return f.Detail
	}
	return "is not valid"
}

// object decodes a mapping into a struct.
func (d *decoder) object(n ast.Node, v reflect.Value, path string) {
	list, ok := pairs(n)
	if !ok {
		d.found.add(path, "must be settings, a line each")
		return
	}
	d.settings(list, v, path)
}

func (d *decoder) settings(list []*ast.MappingValueNode, v reflect.Value, path string) {
	known := settingsOf(v.Type())
	for _, pair := range list {
		name := name(pair)
		at := child(path, name)
		s, ok := known[name]
		switch {
		case !ok:
			d.found.add(at, "there is no such setting%s", hint(known, name))
		case s.inFile:
			d.secretFile(pair.Value, v.FieldByIndex(s.index).Addr().Interface().(*signing.Secret), path, s.name)
		default:
			d.value(pair.Value, v.FieldByIndex(s.index), at)
			if field := v.FieldByIndex(s.index); s.isFile && field.Kind() == reflect.String {
				field.SetString(d.resolve(field.String()))
			}
		}
	}
}

// setting is one name in the mapping of a struct.
type setting struct {
	name   string // of the field
	index  []int
	inFile bool // names the file of a secret
	isFile bool // names a file
}

// settingsOf returns the settings of a struct by name. A secret has two names: its own,
// and that of its file.
func settingsOf(t reflect.Type) map[string]setting {
	known := map[string]setting{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		s := setting{name: name, index: f.Index}
		s.isFile = f.Type == pathType || f.Type.Kind() == reflect.String && strings.HasSuffix(name, "File")
		known[name] = s
		if f.Type == secretType {
			s.inFile = true
			known[name+"File"] = s
		}
	}
	return known
}

// hint names the setting that differs from name in its case only.
func hint(known map[string]setting, name string) string {
	for real := range known {
		if strings.EqualFold(real, name) {
			return "; it is written " + real
		}
	}
	return ""
}

// resolve returns a path relative to the configuration file.
func (d *decoder) resolve(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.dir, path)
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	list, ok := pairs(n)
	if !ok {
		d.found.add(path, "must be names with what belongs to them")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, pair := range list {
		entry := reflect.New(v.Type().Elem()).Elem()
		d.value(pair.Value, entry, child(path, name(pair)))
		v.SetMapIndex(reflect.ValueOf(name(pair)).Convert(v.Type().Key()), entry)
	}
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	list, ok := entries(n)
	if !ok {
		d.found.add(path, "must be a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, n := range list {
		d.value(n, v.Index(i), item(path, i))
	}
}

// single decodes one value.
func (d *decoder) single(n ast.Node, v reflect.Value, path string) {
	if v.Type() == durationType {
		d.text(n, path, func(s string) string {
			length, err := time.ParseDuration(s)
			v.SetInt(int64(length))
			return unless(err == nil, `must be a time such as "15m"`)
		})
		return
	}
	switch v.Kind() {
	case reflect.String:
		d.text(n, path, func(s string) string { v.SetString(s); return "" })
	case reflect.Bool:
		d.bare(n, path, "must be true or false", func(s string) bool {
			v.SetBool(s == "true")
			return s == "true" || s == "false"
		})
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.bare(n, path, "must be a whole number", func(s string) bool {
			number, err := strconv.ParseInt(s, 10, v.Type().Bits())
			v.SetInt(number)
			return err == nil
		})
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.bare(n, path, "must be a whole number, not less than 0", func(s string) bool {
			number, err := strconv.ParseUint(s, 10, v.Type().Bits())
			v.SetUint(number)
			return err == nil
		})
	default:
		d.found.add(path, "cannot be set in a file")
	}
}

// text passes the text at n, or the environment variable that it names, to set, which
// returns what is wrong with it.
func (d *decoder) text(n ast.Node, path string, set func(string) string) {
	text, isText, ok := scalar(n)
	switch {
	case !ok:
		d.found.add(path, "must be a single value")
		return
	case !isText:
		d.found.add(path, "must be text: put it in quotes")
		return
	}
	if text, ok = d.expand(text, path); !ok {
		return
	}
	if wrong := set(text); wrong != "" {
		d.found.add(path, "%s", wrong)
	}
}

// bare is text for values without quotes. Environment variables are always text.
func (d *decoder) bare(n ast.Node, path, rule string, set func(string) bool) {
	text, isText, _ := scalar(n)
	if _, refers := reference(text); isText && refers {
		if text, refers = d.expand(text, path); !refers {
			return
		}
		isText = false
	}
	if isText || !set(text) {
		d.found.add(path, "%s", rule)
	}
}

func unless(ok bool, detail string) string {
	if ok {
		return ""
	}
	return detail
}

func itoa(n int) string { return strconv.Itoa(n) }

// decode decodes the type, and the other settings as those of that kind of wallet.
func (c *walletConfig) decode(d *decoder, n ast.Node, path string) {
	list, ok := pairs(n)
	if !ok {
		d.found.add(path, "must be settings, a line each")
		return
	}
	var rest []*ast.MappingValueNode
	for _, pair := range list {
		if name(pair) == "type" {
			d.value(pair.Value, reflect.ValueOf(&c.Type).Elem(), child(path, "type"))
			continue
		}
		rest = append(rest, pair)
	}
	kind, ok := d.kinds[c.Type]
	switch {
	case ok:
		c.Settings = kind.config()
		d.settings(rest, reflect.ValueOf(c.Settings).Elem(), path)
	case c.Type == "":
		d.found.add(child(path, "type"), "is required: %s", kindNames(d.kinds))
	default:
		d.found.add(child(path, "type"), "there is no such kind of wallet: %s", kindNames(d.kinds))
	}
}
