package problem

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/minitill/minitill/fault"
)

// MaxBody bounds the body of a request, in bytes.
const MaxBody = 64 << 10

// Decode reads the JSON body of r into v, strictly, and returns its exact bytes, since
// idempotency compares those.
//
// Faults: TooLarge above MaxBody; Invalid for another content type, an empty body,
// text that is not JSON, and a member that is unknown, duplicate, in another case or
// breaks v's `validate` tags: each is named with its path.
func Decode(w http.ResponseWriter, r *http.Request, v any) ([]byte, error) {
	body, err := readJSON(w, r)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, fault.New(fault.Invalid, "problem.Decode", "The request has no body.")
	}
	return body, decode(body, v)
}

// DecodeOptional is Decode for a request whose body is optional: without one, v is unchanged.
func DecodeOptional(w http.ResponseWriter, r *http.Request, v any) ([]byte, error) {
	body, err := readJSON(w, r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return body, err
	}
	return body, decode(body, v)
}

// ReadBody reads the body of r unchanged.
//
// Faults: TooLarge above MaxBody; Invalid when the caller disconnects.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	const op = "problem.ReadBody"
	if r.ContentLength > MaxBody {
		return nil, tooLarge()
	}
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooMuch *http.MaxBytesError
	switch {
	case errors.As(err, &tooMuch):
		return nil, tooLarge()
	case err != nil && !errors.Is(err, io.EOF):
		return nil, &fault.Error{Kind: fault.Invalid, Op: op, Detail: "The request's body is incomplete.", Err: err}
	}
	return b.Bytes(), nil
}

func tooLarge() error {
	return fault.New(fault.TooLarge, "problem.ReadBody", fmt.Sprintf("The request's body is larger than %d KiB.", MaxBody>>10))
}

// readJSON reads a body, whose content type must be JSON unless it is empty.
func readJSON(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := ReadBody(w, r)
	if err != nil || len(body) == 0 || isJSON(r.Header.Get("Content-Type")) {
		return body, err
	}
	return nil, fault.InvalidField("problem.Decode", "Content-Type", "must be application/json")
}

// isJSON says that a content type is JSON. JSON has no charset parameter, but many clients
// send one, in many spellings of UTF-8; other parameters are ignored.
func isJSON(contentType string) bool {
	if contentType == "application/json" { // nearly always
		return true
	}
	media, parameters, _ := strings.Cut(contentType, ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return false
	}
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "charset") && !isUTF8(strings.Trim(value, " \t\"'")) {
			return false
		}
	}
	return true
}

func isUTF8(charset string) bool {
	return charset == "" || slices.ContainsFunc([]string{"utf-8", "utf8", "utf_8", "us-ascii"}, func(name string) bool { return strings.EqualFold(name, charset) })
}
