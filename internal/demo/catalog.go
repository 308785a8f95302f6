package demo

import _ "embed"

// Catalog is what the shop sells, in the form of a catalog file.
//
//go:embed catalog.json
var Catalog []byte

// The shop's name and colour, for the app that sells the Catalog.
const (
	Title  = "Kettle & Bean"
	Accent = "#1f6f54"
)
