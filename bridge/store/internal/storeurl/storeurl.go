package storeurl

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// escapes is the advice about characters that end a password.
const escapes = "in a user or password write % as %25, # as %23, / as %2F, ? as %3F and @ as %40"

// Check returns what is wrong with text as a URL of one of the schemes, in words fit to
// show, or nothing. form names such URLs: "a postgres:// URL". No part of text is
// repeated, since any part of it may be the password.
func Check(text, form string, schemes ...string) string {
	rest, found := cutScheme(text, schemes)
	authority, behind := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, behind = rest[:i], rest[i:]
	}
	switch {
	case !found:
		return "must be " + form
	case strings.IndexFunc(text, blank) >= 0:
		return "has a blank in it; in a user or password write it as %20"
	case strings.Contains(text, "#"):
		return "has a #, which ends a URL: " + escapes
	case brokenEscape(text):
		return "has a % that begins no escape: " + escapes
	case strings.Contains(behind, "@"):
		return "has an @ behind its host: " + escapes
	}
	if _, err := url.Parse(text); err != nil { // the error would repeat the text
		return "must be " + form + ", and cannot be read: " + escapes
	}
	return checkHosts(authority)
}

func cutScheme(text string, schemes []string) (rest string, found bool) {
	for _, scheme := range schemes {
		if rest, found = strings.CutPrefix(text, scheme+"://"); found {
			return rest, true
		}
	}
	return text, false
}

func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\ufeff' }

// brokenEscape reports whether a % is not followed by two hexadecimal digits.
func brokenEscape(text string) bool {
	for _, part := range strings.Split(text, "%")[1:] {
		if len(part) < 2 {
			return true
		}
		if _, err := strconv.ParseUint(part[:2], 16, 8); err != nil {
			return true
		}
	}
	return false
}

// checkHosts reports what is wrong with the hosts of an authority, which PostgreSQL allows
// to be several, separated by commas. None is right where the URL names a socket.
func checkHosts(authority string) string {
	hosts := authority[strings.LastIndexByte(authority, '@')+1:]
	if hosts == "" {
		return ""
	}
	for host := range strings.SplitSeq(hosts, ",") {
		u := url.URL{Host: host}
		if u.Hostname() == "" {
			return "has a port without a host"
		}
		if port, err := strconv.ParseUint(u.Port(), 10, 16); (err != nil || port == 0) && strings.HasSuffix(host, ":"+u.Port()) {
			return "has a port that is not 1 to 65535"
		}
	}
	return ""
}
