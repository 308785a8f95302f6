package problem

import (
	"encoding/json"
	"strings"

	"github.com/minitill/minitill/fault"
)

// ContentType is the media type of a Document.
const ContentType = "application/problem+json"

// typePath is where problem types are described, below the public URL.
const typePath = "/problems/"

// Document is an RFC 9457 problem document.
type Document struct {
	Type       string  `json:"type"`
	Title      string  `json:"title"`
	Status     int     `json:"status"`
	Code       string  `json:"code"` // stable; the fault's kind
	Detail     string  `json:"detail,omitempty"`
	WalletCode string  `json:"walletCode,omitempty"` // the wallet's own, verbatim
	RequestID  string  `json:"requestId,omitempty"`
	Errors     []Field `json:"errors,omitempty"`
}

// Field is one member of the request that breaks a rule.
type Field struct {
	Field  string `json:"field"` // its path: "items[0].quantity"
	Detail string `json:"detail"`
}

// Of is the document of a fault. base is the public URL, or empty for a relative type.
// The document of an Internal fault has no text of it.
func Of(err error, base, requestID string) Document {
	f := fault.Of(err)
	if _, known := table[f.Kind]; !known || f.Kind == fault.Internal {
		f = &fault.Error{Kind: fault.Internal, Detail: "The server made a mistake. It is in its log under the request id."}
	}
	e := entryOf(f.Kind)
	return Document{
		Type: typeOf(base, f.Kind.String()), Title: e.title, Status: e.status,
		Code: f.Kind.String(), Detail: f.Detail, WalletCode: f.Code, RequestID: requestID,
		Errors: fieldsOf(f.Fields),
	}
}

func typeOf(base, code string) string { return strings.TrimSuffix(base, "/") + typePath + code }

func fieldsOf(fields []fault.Field) []Field {
	list := make([]Field, len(fields))
	for i, f := range fields {
		list[i] = Field{Field: f.Name, Detail: f.Detail}
	}
	return list
}

// JSON is the document's text.
func (d Document) JSON() []byte {
	text, _ := json.Marshal(d) // texts and a number
	return text
}
