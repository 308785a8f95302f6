package miniprogram_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// guide is the page for operators.
var guide = filepath.Join("..", "..", "docs", "wallets", "miniprogram.md")

// TestTheGuideListsTheCapabilitiesOfProfiles holds the guide's table to the profiles; -update
// writes it anew.
func TestTheGuideListsTheCapabilitiesOfProfiles(t *testing.T) {
	text := readGuide(t)
	const open, end = "<!-- profiles -->\n", "<!-- /profiles -->"
	head, rest, found := strings.Cut(text, open)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the guide has no place for the table of profiles")
	}
	want := head + open + profileTable() + end + tail
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != want {
		t.Error("the guide's table is stale: go test -run Guide ./wallet/miniprogram -update")
	}
}

func profileTable() string {
	var b strings.Builder
	b.WriteString("| profile | cancel | hold | agreements | currencies | answers signed | needs |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- |\n")
	table := miniprogram.Table()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		row := table[name]
		cells := []string{"`" + name + "`", mark(row.CanCancel), mark(row.CanHold), mark(row.CanAgree), "any", string(row.VerifyAnswer), needs(row)}
		if row.Currencies != "" {
			cells[4] = strings.Join(strings.Fields(row.Currencies), ", ")
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}

func mark(can bool) string { return map[bool]string{true: "yes", false: "–"}[can] }

// needs are the settings a profile has beyond those that all need.
func needs(row miniprogram.Profile) string {
	var names []string
	for name, needed := range map[string]bool{
		"`appId`": row.NeedsAppID, "`partnerId`": row.PartnerID, "`productCode`": row.NeedsProduct, "a signed-in payer": row.Buyer,
	} {
		if needed {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "–"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func TestTheGuideDescribesEverySetting(t *testing.T) {
	text := readGuide(t)
	for _, settings := range []reflect.Type{
		reflect.TypeFor[miniprogram.Config](), reflect.TypeFor[miniprogram.WalletKey](), reflect.TypeFor[miniprogram.Overrides](),
	} {
		for field := range settings.Fields() {
			name := field.Tag.Get("json")
			if !strings.Contains(text, "`"+name) {
				t.Errorf("the guide does not describe %s.%s", settings.Name(), name)
			}
		}
	}
}

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheGuideListsTheHelpersResultCodes compares the guide's table of result
// codes with the contract, which the helper is compared with too.
func TestTheGuideListsTheHelpersResultCodes(t *testing.T) {
	var hints map[string]string
	testdata.JSON(t, "contract/results.json", &hints)
	_, rest, _ := strings.Cut(readGuide(t), "\n## Result codes\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| (`[^|]+) \\|[^|]+\\| ([^|]+) \\|$").FindAllStringSubmatch(section, -1)
	if len(rows) != 5 {
		t.Fatalf("got %d rows with codes, want 5", len(rows))
	}
	last := ""
	for _, row := range rows {
		if row[2] != "the same" {
			last = row[2]
		}
		for code := range strings.SplitSeq(strings.ReplaceAll(row[1], "`", ""), ", ") {
			if hint := hints[code]; hint == "" || !strings.Contains(last, "`"+hint+"`") {
				t.Errorf("%s: the guide says %q, the contract %q", code, last, hint)
			}
		}
	}
}
