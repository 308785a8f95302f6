package machine

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/internal/bench/measure"
)

// Facts are what decides about the figures of a benchmark. What this system does not report
// is empty or zero.
type Facts struct {
	System string `json:"system"` // such as linux/amd64
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Go     string `json:"go"`

	FsyncPerSecond float64 `json:"fsyncPerSecond"` // of 4 KiB each, one at a time
	FsyncMillis    float64 `json:"fsyncMillis"`    // the median
	RSAPerSecond   float64 `json:"rsaPerSecond"`   // signatures with 2048 bits, on all cores
	LoadBefore     string  `json:"loadBefore"`     // the load averages of 1, 5 and 15 minutes
	LoadAfter      string  `json:"loadAfter"`
}

// Measure measures the machine. The speed of the disk is that of dir; each measurement takes
// that long, or as long as its first sync or signatures.
func Measure(ctx context.Context, dir string, each time.Duration) (Facts, error) {
	f := Facts{
		System: runtime.GOOS + "/" + runtime.GOARCH, CPU: cpuModel(), Cores: runtime.NumCPU(), Go: runtime.Version(), LoadBefore: Load(),
	}
	var err error
	if f.FsyncPerSecond, f.FsyncMillis, err = fsyncs(ctx, dir, each); err != nil {
		return f, err
	}
	f.RSAPerSecond, err = signatures(ctx, each)
	return f, err
}

const page = 4096

// fsyncs writes pages behind each other and syncs each of them, as the log of a database is
// written.
func fsyncs(ctx context.Context, dir string, each time.Duration) (perSecond, millis float64, err error) {
	file, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, 0, err
	}
	defer func() { _, _ = file.Close(), os.Remove(file.Name()) }()
	var took []time.Duration
	buffer := make([]byte, page)
	for began := time.Now(); (len(took) == 0 || time.Since(began) < each) && ctx.Err() == nil; {
		sent := time.Now()
		if _, err := file.Write(buffer); err != nil {
			return 0, 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(sent))
	}
	total := time.Duration(0)
	for _, t := range took {
		total += t
	}
	if total == 0 {
		return 0, 0, ctx.Err()
	}
	slices.Sort(took)
	return float64(len(took)) / total.Seconds(), float64(measure.Quantile(took, 500).Microseconds()) / 1000, ctx.Err()
}

const rsaBits = 2048

// signatures returns how many RSA signatures all cores make in a second.
func signatures(ctx context.Context, each time.Duration) (float64, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return 0, err
	}
	sign := Signing(key)
	var all sync.WaitGroup
	counts := make([]int, runtime.NumCPU())
	began := time.Now()
	for core := range counts {
		all.Go(func() {
			for (counts[core] == 0 || time.Since(began) < each) && ctx.Err() == nil && sign() == nil {
				counts[core]++
			}
		})
	}
	all.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / time.Since(began).Seconds(), ctx.Err()
}

// Signing returns a function that makes one RSA signature.
func Signing(key *rsa.PrivateKey) func() error {
	digest := sha256.Sum256([]byte("POST /openapi/v2/order/create"))
	return func() error {
		_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		return err
	}
}

// String is one line for people. The zero value is a machine that was not measured.
func (f *Facts) String() string {
	if f.System == "" {
		return "the server's machine is not known; load " + orUnknown(f.LoadAfter) + " here"
	}
	cpu := f.CPU
	if cpu == "" {
		cpu = "an unknown CPU"
	}
	return fmt.Sprintf("%s, %d cores of %s, %s; %.0f fsyncs/s (%.2f ms), %.0f RSA-2048 signatures/s; load %s before and %s after",
		f.System, f.Cores, cpu, f.Go, f.FsyncPerSecond, f.FsyncMillis, f.RSAPerSecond, orUnknown(f.LoadBefore), orUnknown(f.LoadAfter))
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
