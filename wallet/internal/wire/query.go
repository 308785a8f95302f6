package wire

import (
	"errors"
	"net/url"
	"strings"
)

// Query writes a raw query of names and values in this order, as it is signed and sent.
// Pairs with an empty value are left out.
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

// Form reads a body of application/x-www-form-urlencoded strictly: no name may occur
// twice.
func Form(body []byte) (map[string]string, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil || len(body) > maxBody {
		return nil, errForm // the parser's text would quote the body
	}
	form := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) != 1 {
			return nil, errForm
		}
		form[name] = all[0]
	}
	return form, nil
}
