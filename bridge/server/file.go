package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"time"
)

// file is a public file in memory, which pages of any origin may load.
type file struct {
	data        []byte
	contentType string
	etag        string
	cache       string
}

func newFile(data []byte, contentType, cache string) *file {
	sum := sha256.Sum256(data)
	return &file{data: data, contentType: contentType, cache: cache, etag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// ServeHTTP answers with the file, or 304 when the caller has it.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cache)
	h.Set("ETag", f.etag)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

// newJWKS is the key set. Verifiers cache it for five minutes; a new key signs later than
// that.
func newJWKS(set []byte) *file {
	return newFile(set, "application/jwk-set+json", "public, max-age=300")
}

// sdkSources maps the helper's public names to the names of the build.
var sdkSources = map[string]string{
	"minitill.js":     "minitill.js",
	"minitill.min.js": "minitill.min.js",
	"minitill.mjs":    "minitill.mjs",
	"minitill.d.ts":   "index.d.ts",
	"agree.js":        "agree.js",
	"agree.min.js":    "agree.min.js",
	"hosts.js":        "hosts.js",
	"hosts.min.js":    "hosts.min.js",
	"sheet.js":        "sheet.js",
	"sheet.min.js":    "sheet.min.js",
}

// sdkFiles are the files of the helper that exist.
func sdkFiles(sdk fs.FS) map[string]*file {
	files := map[string]*file{}
	if sdk == nil {
		return files
	}
	for name, source := range sdkSources {
		for _, at := range []string{source, path.Join("dist", source)} {
			if data, err := fs.ReadFile(sdk, at); err == nil {
				files[name] = newFile(data, scriptType(name), "public, max-age=300")
				break
			}
		}
	}
	return files
}

func scriptType(name string) string {
	if path.Ext(name) == ".ts" {
		return "text/plain; charset=utf-8"
	}
	return "text/javascript; charset=utf-8"
}
