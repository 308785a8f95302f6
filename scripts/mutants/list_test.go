package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEveryOldTextOfTheListOccursOnceInItsFile(t *testing.T) {
	mutants, err := parse(list)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range mutants {
		m := &mutants[i]
		text, err := os.ReadFile(filepath.Join("..", "..", m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := m.apply(string(text)); err != nil {
			t.Error(err)
		}
		if m.old == "" || m.old == m.new || seen[m.String()] {
			t.Errorf("%s: changes nothing or is there twice", m)
		}
		seen[m.String()] = true
	}
}

func TestAListThatMakesNoSenseIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a guard without a file":     "test ./bridge\nguard why\n-a\n+b",
		"a guard without a test":     "file bridge/rule.go\nguard why\n-a\n+b",
		"a guard without a reason":   "test ./bridge\nfile bridge/rule.go\nguard\n-a",
		"a new text without an old":  "test ./bridge\nfile bridge/rule.go\nguard why\n+b",
		"an old text behind the new": "test ./bridge\nfile bridge/rule.go\nguard why\n-a\n+b\n-c",
		"another word":               "tests ./bridge",
	} {
		if list, err := parse(text); err == nil {
			t.Errorf("%s is read as %v", name, list)
		}
	}
}
