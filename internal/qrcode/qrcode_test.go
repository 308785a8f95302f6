package qrcode

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"rsc.io/qr"
)

func TestEveryBlackModuleIsRenderedAndNoOther(t *testing.T) {
	const content = "wallet:1"
	code, err := qr.Encode(content, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	encoded, _ := strings.CutPrefix(DataURL(content), "data:image/svg+xml;base64,")
	svg, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	rendered := make(map[[2]int]bool)
	for _, bar := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllString(string(svg), -1) {
		var x, y, width, back int
		if _, err := fmt.Sscanf(bar, "M%d %dh%dv1h-%dz", &x, &y, &width, &back); err != nil || back != width {
			t.Fatalf("%s: not a bar: %v", bar, err)
		}
		for i := range width {
			rendered[[2]int{x + i - quiet, y - quiet}] = true
		}
	}
	for y := range code.Size {
		for x := range code.Size {
			if rendered[[2]int{x, y}] != code.Black(x, y) {
				t.Errorf("module %d, %d: rendered is %v", x, y, rendered[[2]int{x, y}])
			}
		}
	}
}

func TestContentThatNoCodeHoldsIsNotRendered(t *testing.T) {
	if got := DataURL(strings.Repeat("a", 2953)); got == "" {
		t.Error("2953 bytes: got nothing, want a code of the largest size")
	}
	if got := DataURL(strings.Repeat("a", 2954)); got != "" {
		t.Error("2954 bytes: got a code, want nothing")
	}
}
