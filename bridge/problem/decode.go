package problem

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/fault"
)

// decode reads JSON text into v and checks v's rules.
func decode(body []byte, v any) error {
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		return jsonFault(err)
	}
	return checkRules(v)
}

// jsonFault is the fault for an error of the decoder, with the member that it is about.
func jsonFault(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		return memberFault(semantic.JSONPointer, semanticDetail(semantic), err)
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		return memberFault(syntactic.JSONPointer, "is there twice", err)
	case errors.As(err, &syntactic):
		return &fault.Error{
			Kind: fault.Invalid, Op: "problem.Decode", Err: err,
			Detail: "The body is not JSON from byte " + strconv.FormatInt(syntactic.ByteOffset, 10) + " on.",
		}
	}
	return &fault.Error{Kind: fault.Invalid, Op: "problem.Decode", Detail: "The body is not JSON.", Err: err}
}

func memberFault(pointer jsontext.Pointer, detail string, cause error) error {
	name := memberPath(pointer)
	if name == "" {
		return &fault.Error{Kind: fault.Invalid, Op: "problem.Decode", Detail: "The body " + detail + ".", Err: cause}
	}
	return &fault.Error{
		Kind: fault.Invalid, Op: "problem.Decode", Detail: "The request is not valid.",
		Fields: []fault.Field{{Name: name, Detail: detail}}, Err: cause,
	}
}

// semanticDetail says why JSON that is well formed does not fit.
func semanticDetail(e *json.SemanticError) string {
	if errors.Is(e.Err, json.ErrUnknownName) {
		return "is not a member of this request"
	}
	if e.GoType == nil {
		return "is not valid"
	}
	t := e.GoType
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if e.Err != nil && reflect.PointerTo(t).Implements(unmarshaler) {
		return clip(e.Err.Error()) // the error of a type of this module
	}
	return "must be " + kindName(t.Kind())
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

func kindName(kind reflect.Kind) string {
	switch kind {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "of another type"
}

// memberPath is a JSON pointer as a path: /items/0/sku is items[0].sku.
func memberPath(pointer jsontext.Pointer) string {
	var b strings.Builder
	for token := range pointer.Tokens() {
		switch {
		case b.Len() > 0 && isIndex(token):
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
	}
	return clip(b.String())
}

func isIndex(token string) bool {
	return token != "" && strings.Trim(token, "0123456789") == ""
}

// clip bounds how much of a caller's text an answer repeats.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
