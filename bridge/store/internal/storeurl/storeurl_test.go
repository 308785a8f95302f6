package storeurl_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/store/internal/storeurl"
)

const hush = "cK3vQ9zT1m" // part of every password

func check(text string) string {
	return storeurl.Check(text, "a postgres:// URL", "postgres", "postgresql")
}

func TestAURLOfItsKindIsTaken(t *testing.T) {
	for _, text := range []string{
		"postgres://db/till", "postgresql://till@db:5432/till", "postgres://till:" + hush + "@db/till?sslmode=require",
		"postgres:///till?host=/var/run/postgresql", "postgres://[::1]:5432/till", "postgres://[::1]/till", "postgres://a:1,b:2/till", "postgres://a,b/till",
		"postgres://till:p@ss@db/till", "postgres://till:a:b@db/till",
		(&url.URL{Scheme: "postgres", User: url.UserPassword("till", "%#/?@: ,"+hush), Host: "db", Path: "/till"}).String(),
	} {
		if detail := check(text); detail != "" {
			t.Errorf("%s: got %q, want nothing", text, detail)
		}
	}
}

// Each of these would be dialed at another host, or reported with a part of the password.
func TestAURLThatIsNotPlainIsRefusedAndExplained(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"nothing":                     {"", "must be a postgres:// URL"},
		"settings instead of a URL":   {"host=db password=" + hush, "must be a postgres:// URL"},
		"another scheme":              {"http://till:" + hush + "@db/till", "must be a postgres:// URL"},
		"a scheme in capitals":        {"POSTGRES://db/till", "must be a postgres:// URL"},
		"no slashes":                  {"postgres:till:" + hush + "@db/till", "must be a postgres:// URL"},
		"one slash":                   {"postgres:/db/till", "must be a postgres:// URL"},
		"quotes around it":            {`"postgres://db/till"`, "must be a postgres:// URL"},
		"a # in the password":         {"postgres://till:12#" + hush + "@db/till", "%23"},
		"a # behind a port":           {"postgres://till:12#34@db/till", "%23"},
		"a / in the password":         {"postgres://till:12/" + hush + "@db/till", "%2F"},
		"a / in a password of words":  {"postgres://till:" + hush + "/x@db/till", "%2F"},
		"a ? in the password":         {"postgres://till:12?" + hush + "@db/till", "%3F"},
		"a % in the password":         {"postgres://till:50%off" + hush + "@db/till", "%25"},
		"a % at its end":              {"postgres://db/till%", "%25"},
		"a blank in the password":     {"postgres://till:a " + hush + "@db/till", "%20"},
		"a newline at its end":        {"postgres://db/till\n", "%20"},
		"a mark of the byte order":    {"postgres://\ufeffdb/till", "%20"},
		"signs that no user has":      {"postgres://till:<" + hush + ">@db/till", "cannot be read"},
		"a port that is a word":       {"postgres://db:" + hush, "cannot be read"},
		"a port that is too large":    {"postgres://db:543210/till", "1 to 65535"},
		"a port that is missing":      {"postgres://db:/till", "1 to 65535"},
		"a second port that is wrong": {"postgres://a:1,b:0/till", "1 to 65535"},
		"a port without a host":       {"postgres://:5432/till", "without a host"},
	} {
		detail := check(c.text)
		if !strings.Contains(detail, c.says) || strings.Contains(detail, hush) {
			t.Errorf("%s: got %q, want that it says %s and no part of the URL", name, detail, c.says)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, text := range []string{"postgres://till:p%20w@db:5432/till?sslmode=disable", "postgres://a:1#2@b", "postgres://[::1", "postgres://%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if check(text) != "" {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Fragment != "" || u.Opaque != "" || !strings.HasPrefix(u.Scheme, "postgres") {
			t.Errorf("%q is taken and reads as %+v, %v", text, u, err)
		}
		if _, behind, _ := strings.Cut(text, "://"); strings.LastIndexByte(behind, '@') > strings.IndexAny(behind+"/", "/?") {
			t.Errorf("%q is taken, although its user ends behind its host", text)
		}
	})
}
