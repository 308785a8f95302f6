package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheGuideToEmbeddingShowsTheExamples holds the code of the guide to the examples, which
// are compiled and run: each block is a part of the file that is named above it.
func TestTheGuideToEmbeddingShowsTheExamples(t *testing.T) {
	root := filepath.Join("..", "..")
	guide, err := os.ReadFile(filepath.Join(root, "docs", "embedding.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)<!-- ([a-z_/]+\\.go) -->\n```go\n(.*?)```\n").FindAllStringSubmatch(string(guide), -1)
	if all := strings.Count(string(guide), "```go\n"); len(blocks) != all || all < 5 {
		t.Errorf("%d of %d blocks of Go name their example, want all", len(blocks), all)
	}
	for _, block := range blocks {
		example, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(block[1])))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(example), block[2]) {
			t.Errorf("the guide shows what %s does not have:\n%s", block[1], block[2])
		}
	}
}
