package app

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/signing"
)

// hidden stands for a secret that is set.
const hidden = "set, hidden"

// shownSettings are the settings of each wallet as the console shows them: those that are set,
// without secrets.
func (c *config) shownSettings() map[string][]console.Setting {
	all := map[string][]console.Setting{}
	for name, w := range c.Wallets {
		list := []console.Setting{{Name: "type", Value: w.Type}}
		all[name] = showFields(list, "", reflect.Indirect(reflect.ValueOf(w.Settings)))
	}
	return all
}

// showFields adds the fields of a struct that are set.
func showFields(list []console.Setting, prefix string, v reflect.Value) []console.Setting {
	if v.Kind() != reflect.Struct {
		return list
	}
	for field, value := range v.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		value = reflect.Indirect(value)
		if !field.IsExported() || name == "" || name == "-" || !value.IsValid() || value.IsZero() {
			continue
		}
		name = prefix + name
		if _, secret := value.Interface().(signing.Secret); secret || namesSecret(name) {
			list = append(list, console.Setting{Name: name, Value: hidden})
		} else if value.Kind() == reflect.Struct {
			list = showFields(list, name+".", value)
		} else if text, ok := shownValue(value); ok {
			list = append(list, console.Setting{Name: name, Value: text})
		}
	}
	return list
}

// namesSecret reports whether a setting's name is that of a secret. A wallet that another
// binary adds may hold one in a string.
func namesSecret(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{"key", "keys", "secret", "token", "password"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// shownValue writes a value of one line. Lists and maps of other things than texts are left out.
func shownValue(v reflect.Value) (string, bool) {
	switch value := v.Interface().(type) {
	case time.Duration:
		return value.String(), true
	case []string:
		return strings.Join(value, ", "), true
	case map[string]string:
		return strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(value), "map["), "]"), true
	}
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64:
		return fmt.Sprint(v.Interface()), true
	case reflect.String:
		if u, err := url.Parse(v.String()); err == nil && u.User != nil {
			return u.Redacted(), true
		}
		return v.String(), true
	}
	return "", false
}
