package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tags leave out the MessagePack binding of gin, which nothing uses, and add the time zones,
// which a container may not have.
const tags = "nomsgpack,timetzdata"

const appPackage = "github.com/minitill/minitill/internal/app"

// release builds all targets and writes the results.
func (s *source) release(ctx context.Context, o options) error {
	text, err := s.licences(ctx, o.targets)
	if err != nil {
		return err
	}
	results := map[string][]byte{"THIRD_PARTY_LICENSES": text}
	for i, target := range o.targets {
		began := time.Now()
		if err := s.releaseTarget(ctx, target, o.sbom, text, results); err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		fmt.Fprintf(os.Stderr, "%d of %d: %s, %s\n", i+1, len(o.targets), target, time.Since(began).Round(time.Second))
	}
	return write(o.out, results)
}

// releaseTarget adds the archive and the SBOM of one target to results.
func (s *source) releaseTarget(ctx context.Context, target string, sbom bool, licences []byte, results map[string][]byte) error {
	goos, goarch, _ := strings.Cut(target, "/")
	name := strings.Join([]string{"minitill", strings.TrimPrefix(s.version, "v"), goos, goarch}, "_")
	binary, err := s.build(ctx, goos, goarch)
	if err != nil {
		return err
	}
	files, err := s.contents(goos, binary, licences)
	if err != nil {
		return err
	}
	archive, suffix := tarGzip, ".tar.gz"
	if goos == "windows" {
		archive, suffix = zipped, ".zip"
	}
	if results[name+suffix], err = archive(name, files, s.date); err != nil {
		return err
	}
	if sbom {
		results[name+".cdx.json"], err = s.sbom(ctx, goos, goarch)
	}
	return err
}

// platform are the settings of the toolchain for a target. A binary does not depend on the
// C library or on settings of this machine.
func platform(goos, goarch string) []string {
	return []string{
		"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFIPS140=off",
		"GOFLAGS=-mod=readonly -tags=" + tags, "GOWORK=off",
	}
}

// build returns the binary of a target.
func (s *source) build(ctx context.Context, goos, goarch string) ([]byte, error) {
	file := filepath.Join(s.scratch, goos+"-"+goarch)
	_, err := output(ctx, s.dir, platform(goos, goarch), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", s.linked(), "-o", file, ".")
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// linked are the linker's flags: what `minitill version` prints is set.
func (s *source) linked() string {
	set := map[string]string{"release": s.version, "commit": s.commit, "date": s.date.Format(time.RFC3339)}
	flags := "-s -w -buildid="
	for _, name := range []string{"release", "commit", "date"} {
		flags += " -X " + appPackage + "." + name + "=" + set[name]
	}
	return flags
}

// sbom returns the components of a target's binary in CycloneDX's format.
func (s *source) sbom(ctx context.Context, goos, goarch string) ([]byte, error) {
	tool := filepath.Join(s.scratch, "cyclonedx-gomod")
	if _, err := os.Stat(tool); err != nil {
		const path = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod"
		if _, err := output(ctx, s.dir, []string{"GOFLAGS=-buildvcs=false"}, "go", "build", "-modfile=tools/go.mod", "-o", tool, path); err != nil {
			return nil, err
		}
	}
	env := append(platform(goos, goarch), "GOPROXY=off") // what is linked has been downloaded
	text, err := output(ctx, s.dir, env, tool, "bin", "-json", "-std", "-licenses", "-assert-licenses", "-noserial", "-notimestamp",
		"-version", s.version, filepath.Join(s.scratch, goos+"-"+goarch))
	return []byte(text + "\n"), err
}

// write writes the results and their digests.
func write(dir string, results map[string][]byte) error {
	var sums strings.Builder
	for _, name := range sorted(results) {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(results[name]), name)
		if err := os.WriteFile(filepath.Join(dir, name), results[name], 0o644); err != nil {
			return err
		}
	}
	fmt.Print(sums.String())
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644)
}
