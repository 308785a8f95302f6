package guide

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/minitill/minitill/docs"
)

func get(t *testing.T, files fs.FS, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	New(files, "<link>").ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

func TestEveryPageIsListedAndServed(t *testing.T) {
	b, err := open(docs.Files)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, p := range b.order {
		listed[p.name]++
	}
	for name, p := range b.pages {
		if listed[name] != 1 {
			t.Errorf("docs/index.md lists %s %d times", name, listed[name])
		}
		w := get(t, docs.Files, "/till/docs/guide/"+name)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<h1") || p.title == "" {
			t.Errorf("%s: got %d, title %q", name, w.Code, p.title)
		}
		if body := w.Body.String(); strings.Contains(body, "raw HTML omitted") || strings.Contains(body, " style=") {
			t.Errorf("%s has HTML of its own", name)
		}
	}
}

// TestLinksLeadSomewhere follows the links within the guide and into the repository. Links to
// other sites are not followed.
func TestLinksLeadSomewhere(t *testing.T) {
	b, err := open(docs.Files)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for name, p := range b.pages {
		for _, m := range regexp.MustCompile(` href="([^"]*)"`).FindAllStringSubmatch(string(p.html), -1) {
			if fault := b.follow(p, m[1]); fault != "" {
				t.Errorf("%s: %s", name, fault)
			}
			count++
		}
	}
	if count < 50 {
		t.Errorf("there are %d links, which is too few to be true", count)
	}
}

// follow says what is wrong with a link of a page, if anything.
func (b *book) follow(p *page, target string) string {
	if file, ok := strings.CutPrefix(target, repository); ok {
		file, _, _ = strings.Cut(file, "#")
		if _, err := os.Stat(filepath.Join("..", "..", "..", filepath.FromSlash(file))); err != nil {
			return err.Error()
		}
		return ""
	}
	if strings.Contains(target, "://") {
		return ""
	}
	name, id, _ := strings.Cut(target, "#")
	if name != "" {
		p = b.pages[name]
	}
	if p == nil || id != "" && !p.ids[id] {
		return fmt.Sprintf("nothing is at %q", target)
	}
	return ""
}

func TestASearchFindsSectionsByAllItsWords(t *testing.T) {
	for query, want := range map[string]string{
		"double payment":        `href="attention#`,
		"RESTORE mark":          `href="backup#`,
		"MinitillNotReady":      `href="alerts#minitillnotready"`,
		"idempotency zebra xyz": "No section has all of these words",
		"  ":                    "Enter one or more words",
		`<script>alert(1)`:      "&lt;script&gt;alert(1)",
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/docs/guide/search", nil)
		r.URL.RawQuery = "q=" + strings.NewReplacer(" ", "+", "<", "%3C", ">", "%3E").Replace(query)
		New(docs.Files, "").ServeHTTP(w, r)
		if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, want) || strings.Contains(body, "<script>") {
			t.Errorf("%q: got %d without %s", query, w.Code, want)
		}
	}
}

func TestLinksOfAFileLeadToPagesOrToTheRepository(t *testing.T) {
	for _, c := range []struct{ file, target, want string }{
		{"operations.md", "limits.md#waits", "limits#waits"},
		{"index.md", "wallets/ottpay.md", "wallets-ottpay"},
		{"wallets/ottpay.md", "../attention.md", "attention"},
		{"wallets/ottpay.md", "redotpay.md", "wallets-redotpay"},
		{"embedding.md", "../examples/gin", repository + "examples/gin"},
		{"security.md", "decisions/0003-dependencies.md", repository + "docs/decisions/0003-dependencies.md"},
		{"security.md", "https://example.com/a.md", "https://example.com/a.md"},
		{"security.md", "#keys", "#keys"},
	} {
		if got := address(c.file, c.target); got != c.want {
			t.Errorf("%s in %s leads to %s, want %s", c.target, c.file, got, c.want)
		}
	}
}

func TestAnAddressWithoutAPageLeadsToTheList(t *testing.T) {
	files := fstest.MapFS{
		"index.md": {Data: []byte("# Guide\n\n## First\n\n- [One](one.md)\n")},
		"one.md":   {Data: []byte("<!-- mark -->\n# One\n\n<b>bold</b> & more\n")},
	}
	if w := get(t, files, "/till/docs/guide"); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "guide/index" {
		t.Errorf("got %d %q", w.Code, w.Header().Get("Location"))
	}
	if w := get(t, files, "/docs/guide/none"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `href="one"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	w := get(t, files, "/docs/guide/one")
	if body := w.Body.String(); !strings.Contains(body, `aria-current="page"`) || strings.Contains(body, "<b>") || strings.Contains(body, "mark -->") {
		t.Errorf("got %s", body)
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	if w := get(t, fstest.MapFS{"one.md": {Data: []byte("# One\n")}}, "/docs/guide/one"); w.Code != http.StatusInternalServerError {
		t.Errorf("without a list: got %d", w.Code)
	}
}

func TestAnExcerptIsCutBetweenCharacters(t *testing.T) {
	text := strings.Repeat("ä", 300) + " word " + strings.Repeat("ö", 300)
	if got := excerpt(text, []string{"word"}); !strings.Contains(got, "word") || strings.Contains(got, "\uFFFD") || len(got) > 2*excerptSize {
		t.Errorf("got %q", got)
	}
	if got := excerpt("short", []string{"none"}); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestThePagesOfTheGuideAreThoseOfTheRepository(t *testing.T) {
	found, err := filepath.Glob(filepath.Join("..", "..", "..", "docs", "*.md"))
	if err != nil || len(found) == 0 {
		t.Fatal(err)
	}
	for _, file := range found {
		if _, err := fs.Stat(docs.Files, path.Base(filepath.ToSlash(file))); err != nil {
			t.Error(err)
		}
	}
}
