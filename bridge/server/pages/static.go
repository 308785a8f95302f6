package pages

import (
	"embed"
	"net/http"

	"github.com/minitill/minitill/internal/design"
)

//go:embed assets
var files embed.FS

var assets = design.NewAssets(design.Files(), files)

// Static serves what the pages load; the server mounts it at {BasePath}/assets/, with
// or without stripping that prefix.
func Static() http.Handler { return assets }
