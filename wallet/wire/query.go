package wire

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Query returns an escaped query of names and values in the order of the arguments:
// Query("id", "R1", "page", "2") is "id=R1&page=2". Pairs with an empty value are left out.
func Query(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}

var errForm = errors.New("not a form, or a form that has a name twice")

// Form reads a body of application/x-www-form-urlencoded strictly: at most 1 MiB, no name
// twice, names and values in valid UTF-8. Its error quotes nothing of the body.
func Form(body []byte) (map[string]string, error) {
	if len(body) > maxBody {
		return nil, errForm
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errForm // the parser's text would quote the body
	}
	form := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) != 1 || !utf8.ValidString(name) || !utf8.ValidString(all[0]) {
			return nil, errForm
		}
		form[name] = all[0]
	}
	return form, nil
}
