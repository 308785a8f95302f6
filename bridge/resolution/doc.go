// Package resolution books what a person decides about a reason for attention: which
// outcomes each reason may have, and the events that each outcome makes. It is the part of
// the rule that starts from a person's word instead of a wallet's news, and as pure as the
// rest.
package resolution
