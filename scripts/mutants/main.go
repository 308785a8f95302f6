// Command mutants breaks guards, one at a time, in a copy of the tree, and prints which
// tests fail then. list.txt names the guards. Run it from the module's root:
//
//	go run ./scripts/mutants [-match PATTERN] [-stages N]
//
// It exits with 0 when every mutant was killed, with 1 when one survived or does not
// build, and with 2 when the list or the unchanged tree is at fault.
package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	match := flag.String("match", "", "try only the mutants whose file and reason match this pattern")
	stages := flag.Int("stages", 9, "how many test commands of a mutant to run until one fails")
	limit := flag.Duration("limit", 5*time.Minute, "how long one test command may take")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	survived, err := run(ctx, *match, *stages, *limit)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	case survived > 0:
		os.Exit(1)
	}
}

func run(ctx context.Context, match string, stages int, limit time.Duration) (survived int, err error) {
	pattern, err := regexp.Compile(match)
	if err != nil {
		return 0, err
	}
	all, err := parse(list)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := copyTree(dir, "."); err != nil {
		return 0, err
	}
	t := trial{dir: dir, stages: stages, limit: limit, sound: map[string]bool{}}
	counts := map[string]int{}
	for i := range all {
		if !pattern.MatchString(all[i].String()) {
			continue
		}
		verdict, detail, err := t.try(ctx, &all[i])
		if err != nil {
			return 0, err
		}
		counts[verdict]++
		fmt.Printf("%-14s %s  %s\n", verdict, &all[i], detail)
	}
	fmt.Printf("%d killed, %d survived, %d do not build\n", counts[killed], counts[lives], counts[broken])
	return counts[lives] + counts[broken], nil
}

// The verdicts on a mutant.
const (
	killed = "killed"
	lives  = "SURVIVED"
	broken = "DOES NOT BUILD"
)

// trial runs tests on a copy of the tree.
type trial struct {
	dir    string
	stages int
	limit  time.Duration
	sound  map[string]bool // test commands that pass on the unchanged tree
}

// try breaks one guard, runs its tests until one fails, and restores the file.
func (t *trial) try(ctx context.Context, m *mutant) (verdict, detail string, err error) {
	name := filepath.Join(t.dir, m.file)
	before, err := os.ReadFile(name)
	if err != nil {
		return "", "", err
	}
	after, err := m.apply(string(before))
	if err != nil {
		return "", "", err
	}
	defer func() {
		if restoreErr := os.WriteFile(name, before, 0o600); err == nil {
			err = restoreErr
		}
	}()
	begin := time.Now()
	for _, args := range m.tests[:min(t.stages, len(m.tests))] {
		if err := t.mustPass(ctx, args); err != nil {
			return "", "", err
		}
		if err := os.WriteFile(name, []byte(after), 0o600); err != nil {
			return "", "", err
		}
		output, passed := t.test(ctx, args)
		if err := os.WriteFile(name, before, 0o600); err != nil {
			return "", "", err
		}
		switch {
		case ctx.Err() != nil:
			return "", "", ctx.Err()
		case strings.Contains(output, "[build failed]"):
			return broken, firstLine(output, "^[^#].*:[0-9]+:"), nil
		case !passed:
			return killed, fmt.Sprintf("by %s (%.0f s)", firstLine(output, "--- FAIL: |^panic: "), time.Since(begin).Seconds()), nil
		}
	}
	return lives, "", nil
}

// mustPass runs a test command once on the unchanged tree: one that fails there kills
// every mutant and proves nothing.
func (t *trial) mustPass(ctx context.Context, args string) error {
	if t.sound[args] {
		return nil
	}
	output, passed := t.test(ctx, args)
	if !passed {
		return fmt.Errorf("go test %s fails on the unchanged tree:\n%s", args, output)
	}
	t.sound[args] = true
	return nil
}

func (t *trial) test(ctx context.Context, args string) (output string, passed bool) {
	ctx, cancel := context.WithTimeout(ctx, t.limit+time.Minute) // go test builds before its own limit begins
	defer cancel()
	pkg, flags, _ := strings.Cut(args, " ")
	line := append([]string{"test", "-count=1", "-failfast", "-vet=off", "-timeout=" + t.limit.String()}, pkg)
	cmd := exec.CommandContext(ctx, "go", append(line, strings.Fields(flags)...)...)
	cmd.Dir = t.dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// firstLine is the first line of output that matches, or nothing.
func firstLine(output, pattern string) string {
	re := regexp.MustCompile(pattern)
	for line := range strings.SplitSeq(output, "\n") {
		if re.MatchString(line) {
			return strings.TrimPrefix(strings.TrimSpace(line), "--- FAIL: ")
		}
	}
	return "no test by name"
}

// copyTree copies the files of the module, without what npm installs and Git keeps.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, path), 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), data, 0o600)
	})
}
