package app

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// mistake is a mistake in a configuration file and its path. Its detail never repeats a
// value, which may be a secret in the wrong place.
type mistake struct{ path, detail string }

// mistakes is the error of a configuration file, with all its mistakes.
type mistakes struct {
	file string
	list []mistake
}

// add adds a mistake, unless there is one at the same path.
func (m *mistakes) add(path, format string, args ...any) {
	if !m.match(func(known string) bool { return known == path }) {
		m.also(path, format, args...)
	}
}

// also adds a mistake beside others at the same path.
func (m *mistakes) also(path, format string, args ...any) {
	path = cmp.Or(path, "line 1") // of the whole file
	m.list = append(m.list, mistake{path, oneLine(fmt.Sprintf(format, args...))})
}

// match reports whether there is a mistake at a path that is accepts.
func (m *mistakes) match(is func(path string) bool) bool {
	return slices.ContainsFunc(m.list, func(x mistake) bool { return is(x.path) })
}

// err returns m as an error, or nil when there are no mistakes.
func (m *mistakes) err() error {
	if len(m.list) == 0 {
		return nil
	}
	slices.SortStableFunc(m.list, func(a, b mistake) int { return cmp.Compare(a.path, b.path) })
	return m
}

// Error lists the mistakes, a line each.
func (m *mistakes) Error() string {
	var b strings.Builder
	m.print(&b)
	return strings.TrimSuffix(b.String(), "\n")
}

func (m *mistakes) print(w io.Writer) {
	count := "1 mistake"
	if len(m.list) != 1 {
		count = strconv.Itoa(len(m.list)) + " mistakes"
	}
	fmt.Fprintf(w, "%s has %s:\n", m.file, count)
	for _, x := range m.list {
		fmt.Fprintf(w, "%s: %s\n", x.path, x.detail)
	}
}

// child returns the path of a setting inside another. A name with other characters than
// those of settings is quoted, so that it is distinct from the path around it.
func child(path, name string) string {
	if name == "" || strings.Trim(name, nameLetters) != "" {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// item returns the path of an entry in a list.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// oneLine replaces line breaks and control characters in a text from elsewhere.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
