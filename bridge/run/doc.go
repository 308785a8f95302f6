// Package run is the whole till for programs outside this module: the command minitill
// with further kinds of wallets, and the till of a configuration file inside a server of
// another program.
//
//	Main(options)          flags, commands, exit code     the program is the till
//	Open(ctx, file)        ─► Till                        the till is a part of the program
//	  Handler()  mounted in the program's HTTP server
//	  Run(ctx)   reconciliation, webhooks, key notes; until ctx ends
//	  Engine()   orders and refunds by Go calls
//	  Close()    after the HTTP server has stopped
//
// A kind of wallet is added by WithWallet, as an option of one call: there is no registry,
// and nothing happens at import. The kind is then configured like the built-in ones, as
// docs/own-binary.md shows.
//
// A program that does without a configuration file, or brings its own store, builds the
// till from its parts instead: packages engine, server, merchant and webhook.
package run
