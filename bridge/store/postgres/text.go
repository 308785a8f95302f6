package postgres

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// oddMark begins a text that PostgreSQL would refuse as it is.
const oddMark = "\x01"

// plain is s as PostgreSQL can keep it: a wallet may name a payment by bytes that are
// no UTF-8 or zero, and its news must be stored and found all the same. Different
// texts stay different. JSON never needs it.
func plain(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 && !strings.HasPrefix(s, oddMark) {
		return s
	}
	return oddMark + strconv.Quote(s)
}

// original is the inverse of plain.
func original(s string) string {
	quoted, odd := strings.CutPrefix(s, oddMark)
	if !odd {
		return s
	}
	s, _ = strconv.Unquote(quoted)
	return s
}

// plainAll makes every text in args plain, in place.
func plainAll(args []any) {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			args[i] = plain(v)
		case []string:
			for j := range v {
				v[j] = plain(v[j])
			}
		}
	}
}
