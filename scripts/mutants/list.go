package main

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed list.txt
var list string

// mutant is one guard and the text that breaks it.
type mutant struct {
	file     string // from the module's root
	why      string // what the guard protects
	old, new string
	tests    []string // arguments of go test, in the order in which they are tried
}

func (m *mutant) String() string { return m.file + ": " + m.why }

// apply returns the file's text without the guard.
func (m *mutant) apply(text string) (string, error) {
	if n := strings.Count(text, m.old); n != 1 {
		return "", fmt.Errorf("%s: the old text occurs %d times, not once:\n%s", m, n, m.old)
	}
	return strings.Replace(text, m.old, m.new, 1), nil
}

// parse reads a list. Its lines are:
//
//	test ARGS    a go test command for the guards below; several in a row are tried in turn
//	file NAME    the file of the guards below
//	guard WHY    begins a guard
//	-TEXT        a line of the old text
//	+TEXT        a line of the new text; without one, the old text is removed
//
// Empty lines and lines that begin with # are ignored.
func parse(list string) ([]mutant, error) {
	var all []mutant
	var file, previous string
	var tests []string
	for n, line := range strings.Split(list, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '-' || line[0] == '+' {
			kind, rest = line[:1], line[1:]
		}
		switch {
		case kind == "test" && previous == "test":
			tests = append(tests, rest)
		case kind == "test":
			tests = []string{rest}
		case kind == "file":
			file = rest
		case kind == "guard" && file != "" && tests != nil && rest != "":
			all = append(all, mutant{file: file, why: rest, tests: tests})
		case kind == "-" && (previous == "guard" || previous == "-"):
			m := &all[len(all)-1]
			m.old = joined(m.old, rest, previous == kind)
		case kind == "+" && (previous == "-" || previous == "+"):
			m := &all[len(all)-1]
			m.new = joined(m.new, rest, previous == kind)
		default:
			return nil, fmt.Errorf("line %d of the list makes no sense: %s", n+1, line)
		}
		previous = kind
	}
	return all, nil
}

func joined(text, line string, more bool) string {
	if more {
		return text + "\n" + line
	}
	return line
}
