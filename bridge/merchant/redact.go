package merchant

import "regexp"

// secretNames are parts of the names of members whose values are as good as money or a
// password: whoever reads them could charge the payer or sign in as them.
const secretNames = `(?i:token|secret|password|authcode|auth_code|passcode|cardno|card_no|cvv)`

// The members of a body whose values are secrets, in JSON, in JSON inside a JSON string,
// and in a form.
var (
	secretMember  = regexp.MustCompile(`("[^"\\]*` + secretNames + `[^"\\]*"\s*:\s*)"(?:[^"\\]|\\.)*"`)
	secretEscaped = regexp.MustCompile(`(\\"[^"\\]*` + secretNames + `[^"\\]*\\"\s*:\s*)\\"(?:[^"\\]|\\\\.)*\\"`)
	secretInForm  = regexp.MustCompile(`((?:^|&)[^&=]*` + secretNames + `[^&=]*=)[^&]*`)
)

// redacted is a notification's body without the secrets of its payer. Everything else
// stays byte for byte.
func redacted(body []byte) []byte {
	body = secretMember.ReplaceAll(body, []byte(`$1"[redacted]"`))
	body = secretEscaped.ReplaceAll(body, []byte(`$1\"[redacted]\"`))
	if len(body) > 0 && body[0] != '{' && body[0] != '[' {
		body = secretInForm.ReplaceAll(body, []byte(`$1[redacted]`))
	}
	return body
}
