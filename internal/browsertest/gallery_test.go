package browsertest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge/server/openapi"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/internal/demo"
)

// exhibit is one page in one state.
type exhibit struct {
	Name  string   `json:"name"`
	Path  string   `json:"path"`
	Reads []string `json:"reads"` // in English
	Open  bool     `json:"open"`  // the outcome is not known yet
	draw  http.HandlerFunc
}

// openGallery serves all exhibits and their list, and the pages that change. It
// returns its URL.
func openGallery(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.Handle("/assets/", pages.Static())
	bank := openBank(t, server, mux)
	hang(mux, slices.Concat(payerExhibits(), notices(), bank.exhibits(), bank.agreements(), bank.amounts()))
	mux.Handle("/docs", openapi.Docs(""))
	mux.Handle("/docs/", openapi.Docs(""))
	mux.HandleFunc("GET /shop", serveShop)
	mux.HandleFunc("GET "+stay, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.Handle("/demo/", demo.Handler(demo.Config{}))
	newStage().mount(mux)
	return server.URL
}

// hang serves what has no path of its own yet, and the list of all.
func hang(mux *http.ServeMux, exhibits []exhibit) {
	for i := range exhibits {
		if exhibits[i].draw != nil {
			exhibits[i].Path = "/exhibit/" + exhibits[i].Name
			mux.Handle("GET "+exhibits[i].Path, exhibits[i].draw)
		}
	}
	mux.HandleFunc("GET /exhibits.json", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(exhibits)
	})
}

// serveShop is where return pages lead.
func serveShop(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Shop</title><h1>The shop</h1>`))
}
