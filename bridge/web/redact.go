package web

import "regexp"

// secretNames matches the names of members whose values are credentials: with them one
// could charge the payer or sign in as the payer.
const secretNames = `(?i:token|secret|password|authcode|auth_code|passcode|cardno|card_no|cvv)`

// The members of a body whose values are secrets, in JSON, in JSON inside a JSON string,
// and in a form.
var (
	secretMember  = regexp.MustCompile(`("[^"\\]*` + secretNames + `[^"\\]*"\s*:\s*)"(?:[^"\\]|\\.)*"`)
	secretEscaped = regexp.MustCompile(`(\\"[^"\\]*` + secretNames + `[^"\\]*\\"\s*:\s*)\\"(?:[^"\\]|\\\\.)*\\"`)
	secretInForm  = regexp.MustCompile(`((?:^|&)[^&=]*` + secretNames + `[^&=]*=)[^&]*`)
)

// Redacted returns the body of a wallet's notification without credentials; the rest is
// unchanged.
func Redacted(body []byte) []byte {
	body = secretMember.ReplaceAll(body, []byte(`$1"[redacted]"`))
	body = secretEscaped.ReplaceAll(body, []byte(`$1\"[redacted]\"`))
	if len(body) > 0 && body[0] != '{' && body[0] != '[' {
		body = secretInForm.ReplaceAll(body, []byte(`$1[redacted]`))
	}
	return body
}
