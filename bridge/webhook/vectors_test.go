package webhook

import (
	"testing"
	"time"

	"github.com/minitill/minitill/testdata"
)

// vector is a signed webhook of another program than ours.
type vector struct {
	Name, Secret, ID, Body, Signature string
	Timestamp                         int64
}

func TestSignaturesAreThoseOfTheVectors(t *testing.T) {
	for _, v := range testdata.Vectors[vector](t, "webhook") {
		t.Run(v.Name, func(t *testing.T) {
			key, at := testKey(t, v.Secret), time.Unix(v.Timestamp, 0)
			headers := Headers(v.ID, at, []byte(v.Body), key)
			if got, want := headers.Get(headerSignature), "v1,"+v.Signature; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			headers.Set(headerSignature, "v1,"+v.Signature)
			if id, err := Verify(headers, []byte(v.Body), at, key); id != v.ID || err != nil {
				t.Errorf("got %q, %v, want %q", id, err, v.ID)
			}
		})
	}
}
