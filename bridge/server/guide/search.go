package guide

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a search.
const (
	mostWords   = 10
	mostResults = 20
	excerptSize = 200 // bytes
)

// result is a section that has all words of a search.
type result struct {
	Page, Title, Href, Excerpt string
	score                      int
}

// find returns the sections that have all words, those with words in their titles first.
func find(pages []*page, query string) []result {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return nil
	}
	words = words[:min(len(words), mostWords)]
	var found []result
	for _, p := range pages {
		for _, s := range p.sections {
			if r, ok := match(p, s, words); ok {
				found = append(found, r)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b result) int { return b.score - a.score })
	return found[:min(len(found), mostResults)]
}

// match reports whether a section has all words.
func match(p *page, s section, words []string) (r result, ok bool) {
	title, body := strings.ToLower(p.title+" "+s.title), strings.ToLower(s.text)
	for _, word := range words {
		inTitle, inBody := strings.Contains(title, word), strings.Contains(body, word)
		if !inTitle && !inBody {
			return r, false
		}
		if strings.Contains(strings.ToLower(s.title), word) {
			r.score += 3
		}
		if inTitle {
			r.score++
		}
	}
	r.Page, r.Title, r.Href, r.Excerpt = p.title, s.title, p.name+"#"+s.id, excerpt(s.text, words)
	return r, true
}

// excerpt is the part of a text around the first of the words.
func excerpt(text string, words []string) string {
	text = strings.Join(strings.Fields(text), " ")
	at := len(text)
	for _, word := range words {
		if i := strings.Index(strings.ToLower(text), word); i >= 0 {
			at = min(at, i)
		}
	}
	if at >= len(text) {
		at = 0
	}
	from := max(0, at-excerptSize/3)
	to := min(len(text), from+excerptSize)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	part := text[from:to]
	if from > 0 {
		part = "…" + part
	}
	if to < len(text) {
		part += "…"
	}
	return part
}
