package ottpay

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet/wire"
)

// envelope is the outer object of an answer or a callback. Only data and md5 are authenticated.
type envelope struct{ object }

// parseEnvelope reads an envelope. One document says that the whole envelope is Base64, which
// no client has observed: both forms are accepted.
func parseEnvelope(body []byte) (envelope, error) {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] != '{' {
		plain, err := base64.StdEncoding.Strict().DecodeString(string(body))
		if err != nil {
			return envelope{}, wire.ErrMalformed
		}
		body = plain
	}
	members, err := parseObject(body)
	return envelope{members}, err
}

// parseCallback reads an envelope of a callback, which live receivers have also observed as a
// form.
func parseCallback(header http.Header, body []byte) (envelope, error) {
	kind, parameters, _ := mime.ParseMediaType(header.Get("Content-Type"))
	outer, err := parseEnvelope(body)
	if err == nil {
		return outer, nil
	}
	var form map[string]string
	switch kind {
	case "application/x-www-form-urlencoded":
		form, err = wire.Form(body)
	case "multipart/form-data":
		form, err = parts(body, parameters["boundary"])
	}
	if err != nil {
		return envelope{}, wire.ErrMalformed
	}
	members := object{}
	for name, value := range form {
		members[name], err = jsontext.AppendQuote(nil, value)
		if err != nil {
			return envelope{}, wire.ErrMalformed
		}
	}
	return envelope{members}, nil
}

// mostParts is more than an envelope has members.
const mostParts = 16

// parts reads a multipart form without duplicate names.
func parts(body []byte, boundary string) (map[string]string, error) {
	in := multipart.NewReader(bytes.NewReader(body), boundary)
	form := map[string]string{}
	for range mostParts {
		part, err := in.NextPart()
		if err == io.EOF {
			return form, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(part)
		if _, twice := form[part.FormName()]; err != nil || twice {
			return nil, wire.ErrMalformed
		}
		form[part.FormName()] = string(text)
	}
	return nil, wire.ErrMalformed
}

// sealed reports whether the envelope has data and digest.
func (e envelope) sealed() bool { return e.text("data") != "" && e.text("md5") != "" }

// inside decrypts an envelope and checks that it is this merchant's.
func (a *account) inside(e envelope) (object, error) {
	members, style, err := a.seal.open(sealed{data: e.text("data"), md5: e.text("md5")})
	if err != nil || !a.ours(e.object) || !a.ours(members) {
		return nil, errUnsealed
	}
	if style.name != styles[0].name || style.null != styles[0].null || style.nested {
		a.log.Debug("the wallet's digest is not in the documented form", "style", style.name)
	}
	return members, nil
}
