// Package browsertest tests every page in Chromium, as a person sees it.
//
// The Go tests start the servers and then run the scripts beside them with
// Node and playwright-core:
//
//	gallery.mjs      every page and state from fixtures: sizes, schemes, languages
//	live.mjs         pages that change while they are open
//	noscript.mjs     the same pages without scripts
//	docs.mjs         the page of the API: a call is found, and its example copied
//	demo.mjs         the demo shop on the real server: pay, decline, leave, later
//	miniprogram.mjs  a mini program, at simulated wallets and with the real till:
//	                 what the container of superapp/ reports never decides
//	ottpay.mjs       the checkout of OTT Pay, with the real till: paid, declined, expired
//
// Each script fails on console errors, reports of the content security policy, text
// that is hard to read, targets that are hard to hit, and pages wider than the screen.
// Screenshots go to the folder screenshots at the root, or to MINITILL_SCREENSHOTS; none are taken where
// that is empty, as under make test.
//
// `npm ci` in this folder installs playwright-core. Where it, Node or Chromium is
// missing the tests are skipped, with a message; with CI=true or MINITILL_BROWSER=1 they
// fail instead. With -short they are always skipped.
package browsertest
