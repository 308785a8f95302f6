package app

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

// rules checks validate tags, and names settings as the file does.
var rules = problem.NewRules()

// checkRules reports every setting below path that breaks its validate tag.
func (d *decoder) checkRules(path string, settings any) {
	var broken validator.ValidationErrors
	errors.As(rules.Struct(settings), &broken)
	for _, b := range broken {
		_, at, _ := strings.Cut(b.Namespace(), ".") // without the type's name
		if path != "" {
			at = path + "." + at
		}
		if b.Type() == secretType {
			d.found.add(d.spelled(at), "is required; or write %s: ${NAME} for a variable of the environment", last(at))
			continue
		}
		d.found.add(at, "%s", ruleDetail(b))
	}
}

// ruleDetail describes what a validate rule requires.
func ruleDetail(b validator.FieldError) string {
	unit := ""
	switch b.Kind() {
	case reflect.String:
		unit = " characters"
	case reflect.Slice, reflect.Map:
		unit = " entries"
	}
	switch b.Tag() {
	case "required":
		return "is required"
	case "min", "gte":
		return "must be at least " + b.Param() + unit
	case "max", "lte":
		return "must be at most " + b.Param() + unit
	case "oneof":
		return "must be one of " + strings.ReplaceAll(b.Param(), " ", ", ")
	case "url", "http_url":
		return "must be an http:// or https:// URL"
	case "ip|cidr":
		return "must be an address or a network such as 10.0.0.0/8"
	case "hexcolor", "len":
		if b.Field() == "accent" {
			return `must be a colour such as "#1a7f5a"`
		}
	}
	return "breaks the rule " + strings.TrimSuffix(b.Tag()+"="+b.Param(), "=")
}

// checkFault reports the fault of the package that owns the settings, at each field that it
// names.
func (d *decoder) checkFault(path string, settings any, err error) {
	if err == nil {
		return
	}
	f := fault.Of(err)
	if len(f.Fields) == 0 {
		d.found.add(path, "%s", f.Detail)
	}
	t := reflect.TypeOf(settings)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	known := settingsOf(t)
	for _, field := range f.Fields {
		at := path + "." + field.Name
		if known[field.Name+"File"].inFile {
			at = d.spelled(at)
		}
		d.found.add(at, "%s", field.Detail)
	}
}
