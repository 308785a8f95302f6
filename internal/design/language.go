package design

import (
	"net/http"
	"strconv"
	"strings"
)

// Language is a language of the payers' pages.
type Language string

// The languages, as HTML writes them.
const (
	English           Language = "en"
	SimplifiedChinese Language = "zh-Hans"
	Arabic            Language = "ar"
)

// Languages are all of them, in the order in which pages offer them.
var Languages = []Language{English, SimplifiedChinese, Arabic}

// Dir is the direction of its script, for the dir attribute.
func (l Language) Dir() string {
	if l == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Name is what its readers call it.
func (l Language) Name() string {
	switch l {
	case SimplifiedChinese:
		return "简体中文"
	case Arabic:
		return "العربية"
	}
	return "English"
}

// LanguageOf is the language for a request: the one ?lang= names, else the first
// supported one of Accept-Language, else English.
func LanguageOf(r *http.Request) Language {
	if l, ok := supported(r.URL.Query().Get("lang")); ok {
		return l
	}
	best, weight := English, 0.0
	for _, entry := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, parameter, _ := strings.Cut(entry, ";")
		if l, ok := supported(strings.TrimSpace(tag)); ok && quality(parameter) > weight {
			best, weight = l, quality(parameter)
		}
	}
	return best
}

// quality is the weight of a tag, 0 for one that is no weight.
func quality(parameter string) float64 {
	value, found := strings.CutPrefix(strings.TrimSpace(parameter), "q=")
	if !found {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || !(q >= 0 && q <= 1) { // NaN is neither
		return 0
	}
	return q
}

// supported returns our language for a tag by its first part: a reader of zh-Hant reads
// zh-Hans sooner than English.
func supported(tag string) (Language, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, l := range Languages {
		if ours, _, _ := strings.Cut(string(l), "-"); ours == primary {
			return l, true
		}
	}
	return "", false
}
