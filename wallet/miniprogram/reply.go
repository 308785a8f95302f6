package miniprogram

import (
	"context"
	"net/http"
	"strings"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// replies are the answers to a notification. S ends its delivery; F says that we cannot use it,
// and at most wallets ends it too; after U, and any other answer, it is sent again.
var replies = wire.Replies{
	Stored:   wire.Reply{Status: http.StatusOK, Body: result("SUCCESS", success, "success")},
	NoOrder:  wire.Reply{Status: http.StatusOK, Body: result("ORDER_NOT_EXIST", failed, "no such order")},
	Forged:   wire.Reply{Status: http.StatusUnauthorized, Body: result("INVALID_SIGNATURE", failed, "invalid signature")},
	Invalid:  wire.Reply{Status: http.StatusOK, Body: result("PARAM_ILLEGAL", failed, "illegal parameter")},
	TooLarge: wire.Reply{Status: http.StatusRequestEntityTooLarge, Body: result("PARAM_ILLEGAL", failed, "too large")},
	Retry:    wire.Reply{Status: http.StatusInternalServerError, Body: result("UNKNOWN_EXCEPTION", unclear, "unknown exception")},
}

// result has its members in the order of the family's own examples.
func result(code, status, text string) string {
	return `{"result":{"resultCode":"` + code + `","resultStatus":"` + status + `","resultMessage":"` + text + `"}}`
}

// Reply answers a notification, signed as the profile says: S when it is stored; F with
// ORDER_NOT_EXIST when it is stored and matches no order, so that it does not matter whether
// the wallet repeats it; U when storing it failed.
func (w *Wallet) Reply(d wallet.Delivery, err error) wallet.Reply {
	r := replies.For(err)
	reply := r.WithContentType(jsonType[0])
	if !w.profile.SignReply || r == replies.Forged || r == replies.TooLarge { // nothing is verified, so nothing is signed
		return reply
	}
	path, _, _ := strings.Cut(d.Path, "?")
	signed, err := w.seal.headers(context.Background(), headerResponseTime, w.now(), d.Method, path, reply.Body)
	if err == nil {
		reply.Header = signed
	}
	return reply
}
