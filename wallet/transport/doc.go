// Package transport sends one HTTP request to a wallet's server and sorts the outcome.
//
// A call that moves money ends in one of three ways:
//
//	Answer              the server answered, with whatever HTTP status
//	fault.Unavailable   the request cannot have been executed; it may be sent again
//	fault.Unknown       it may have been executed; a status query must find out
//
// [Do] reports Unavailable only until it has a connection. From then on another goroutine
// writes the request, so that a canceled or broken call may have arrived all the same.
//
// [Do] bounds the time and the size of an answer ([CallTimeout], [MaxBody]), follows no
// redirect where its client is from [Client] or [WithoutRedirects], and sends a request
// once: retries are the caller's, who knows which requests may be repeated. It does not
// judge the answer; package wire has the functions for that, and its Send is what most
// wallets call instead of Do.
//
// A wallet takes its client from wallet.Env, whose WithDefaults has applied
// WithoutRedirects. Logging, tracing and proxies belong in the http.RoundTripper of that
// client.
package transport
