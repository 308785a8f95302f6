package problem

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// textTag is the tag of members that are no texts: amounts, and codes and tokens that are
// used and not kept, whose digits mean nothing.
const textTag = "text"

// checkTexts notes every text in v, under its path, that is not kept; see wallet.TextFlaw.
// Names in a map are texts as well, and are not repeated.
func checkTexts(path string, v reflect.Value, wrong *fault.Fields) {
	switch v.Kind() {
	case reflect.String:
		if flaw := wallet.TextFlaw(v.String()); flaw != "" {
			wrong.Add(path, flaw)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			checkTexts(path, v.Elem(), wrong)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			checkTexts(path+"["+strconv.Itoa(i)+"]", v.Index(i), wrong)
		}
	case reflect.Map:
		for members := v.MapRange(); members.Next(); {
			checkMember(path, members.Key(), members.Value(), wrong)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); field.Tag.Get(textTag) != "no" && field.IsExported() {
				checkTexts(join(path, name), v.Field(i), wrong)
			}
		}
	}
}

// checkMember is checkTexts for a name in a map and its value.
func checkMember(path string, name, value reflect.Value, wrong *fault.Fields) {
	if name.Kind() == reflect.String && wallet.TextFlaw(name.String()) != "" {
		wrong.Add(path, "has a name that "+wallet.TextFlaw(name.String()))
		return
	}
	checkTexts(join(path, clip(name.String())), value, wrong)
}

// join is the path of a member below a path.
func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}
