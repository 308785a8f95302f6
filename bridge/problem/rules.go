package problem

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/minitill/minitill/fault"
)

// rules checks `validate` tags; it names members as JSON does. It is safe for
// concurrent use and keeps what it learned of each type.
var rules = NewRules()

// NewRules returns a checker of `validate` tags that names members as JSON does.
func NewRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return v
}

// checkRules reports every member that breaks a rule of its tags, and every text that is
// not kept.
func checkRules(v any) error {
	var broken validator.ValidationErrors
	if err := rules.Struct(v); err != nil && !errors.As(err, &broken) {
		return fault.Wrap(fault.Internal, "problem.Decode", err) // v is no struct
	}
	var wrong fault.Fields
	for _, b := range broken {
		_, path, _ := strings.Cut(b.Namespace(), ".") // without the type's name
		wrong.Add(path, ruleDetail(b))
	}
	checkTexts("", reflect.ValueOf(v), &wrong)
	return wrong.Invalid("problem.Decode")
}

// ruleDetail says what a rule requires.
func ruleDetail(b validator.FieldError) string {
	unit := ""
	switch b.Kind() {
	case reflect.String:
		unit = " characters"
	case reflect.Slice, reflect.Array, reflect.Map:
		unit = " entries"
	}
	switch b.Tag() {
	case "required":
		return "is required"
	case "min", "gte":
		if unit == "" {
			return "must be at least " + b.Param()
		}
		return "must have at least " + b.Param() + unit
	case "max", "lte":
		if unit == "" {
			return "must be at most " + b.Param()
		}
		return "must have at most " + b.Param() + unit
	case "gt":
		return "must be more than " + b.Param()
	case "lt":
		return "must be less than " + b.Param()
	case "oneof":
		return "must be one of " + strings.ReplaceAll(b.Param(), " ", ", ")
	case "url", "http_url":
		return "must be a URL"
	}
	return "is not valid"
}
