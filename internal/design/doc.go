// Package design is how all pages of the till look and what they share: one
// stylesheet of design tokens and components, our own icons, the accent colour of an
// app, the security headers of a page, and the choice of its language.
//
// It owns no page and no text. It imports the standard library only, so that every
// package with pages may use it: the payer's pages, the demo, a wallet's simulator.
//
// A package with pages embeds its own files and serves them together with ours:
//
//	var assets = design.NewAssets(design.Files(), files)
//
//	mux.Handle("/shop/assets/", assets)              // design.css, accent.css and its own
//	design.Policy{}.Write(w.Header())                // before the page
//	assets.Head("/shop/assets/", "#0b6bcb", "shop.css") // into its <head>
//
// Nothing is inline and nothing comes from elsewhere, so the policy needs no
// exceptions. The accent reaches a page as a small generated stylesheet.
package design
