package console

import (
	"net"
	"net/http"
	"net/url"
)

// cookie is the cookie that holds the token of a session.
type cookie struct {
	name   string
	secure bool
}

// cookieFor returns the cookie for a public URL. The prefix __Host- makes browsers refuse a
// cookie that another host, or a page without TLS, has set. It needs Secure, and Safari takes
// no Secure cookie over plain HTTP on loopback, so that there the cookie has a plain name.
// Beyond this machine a console without TLS opens no session.
func cookieFor(public *url.URL) cookie {
	if public.Scheme == "http" && loopback(public.Hostname()) {
		return cookie{"minitill_console", false}
	}
	return cookie{"__Host-minitill_console", true}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// of returns the token of a request; empty when it has none.
func (k cookie) of(r *http.Request) string {
	c, err := r.Cookie(k.name)
	if err != nil {
		return ""
	}
	return c.Value
}

// set gives the browser a token, which it drops when it closes; an empty one ends it. Lax and
// not Strict: a session that a redirect from an identity provider sets must be sent with the
// next page.
func (k cookie) set(w http.ResponseWriter, token string) {
	c := &http.Cookie{Name: k.name, Value: token, Path: "/", HttpOnly: true, Secure: k.secure, SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
