// Package transport is one careful way to call a wallet's server over HTTP.
//
// It bounds time and bytes, follows no redirect, and sorts what happened into the
// three outcomes that matter for money: the wallet answered; the request surely
// never arrived (fault.Unavailable); or nobody can say (fault.Unknown). What an
// answer means, and whether it is a refusal, is the adapter's to decide.
package transport
