package tinypay

import (
	"context"
	"encoding/hex"
	"net/http"

	"github.com/minitill/minitill/wallet/wire"
)

const signatureHeader = "Tiny-Signature"

// sign returns the signature of a message; first is its method or HTTP status.
func (w *Wallet) sign(ctx context.Context, first, path string, body []byte) string {
	mac, _ := w.key.Sign(ctx, message(first, path, body)) // an HMAC cannot fail
	return hex.EncodeToString(mac)
}

// verify checks the signature of a message against the bytes that were received.
func (w *Wallet) verify(ctx context.Context, first, path string, h http.Header, body []byte) error {
	text, _ := wire.SingleHeader(h, signatureHeader)
	mac, err := hex.DecodeString(text)
	if err != nil {
		return wire.ErrMalformed
	}
	return w.key.Verify(ctx, "", message(first, path, body), mac)
}

func message(first, path string, body []byte) []byte {
	return append([]byte(first+" "+path+"\n"), body...)
}
