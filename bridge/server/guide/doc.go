// Package guide serves the pages of docs as HTML, with a search over their sections.
//
//	docs/*.md ─► page: HTML, headings ─► /docs/guide/NAME
//	             section: plain text  ─► /docs/guide/search?q=WORDS
//
// docs/index.md is the first page and the list of the others. A page below wallets is called
// wallets-NAME, so that all pages are beside each other and links between them are relative.
// Links that lead out of docs lead to the repository. Nothing needs a script.
package guide
