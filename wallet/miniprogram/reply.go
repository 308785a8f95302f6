package miniprogram

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// The answers to a notification. S ends its delivery; F says that we cannot use it, and
// at most wallets ends it too; after U, and whatever else, it is sent again.
var (
	replyStored  = reply{http.StatusOK, result("SUCCESS", success, "success"), true}
	replyNoOrder = reply{http.StatusOK, result("ORDER_NOT_EXIST", failed, "no such order"), true}
	replyIllegal = reply{http.StatusOK, result("PARAM_ILLEGAL", failed, "illegal parameter"), true}
	replyForged  = reply{http.StatusUnauthorized, result("INVALID_SIGNATURE", failed, "invalid signature"), false}
	replyLarge   = reply{http.StatusRequestEntityTooLarge, result("PARAM_ILLEGAL", failed, "too large"), false}
	replyAgain   = reply{http.StatusInternalServerError, result("UNKNOWN_EXCEPTION", unclear, "unknown exception"), true}
)

type reply struct {
	status int
	body   string
	signed bool // what is not proven to be the wallet's is not worth a signature
}

// result has its members in the order of the family's own examples.
func result(code, status, text string) string {
	return `{"result":{"resultCode":"` + code + `","resultStatus":"` + status + `","resultMessage":"` + text + `"}}`
}

// Reply answers a notification, signed as the profile says: S when it is stored; F with
// ORDER_NOT_EXIST when no order matches, in which case it has been kept, so that it
// does not matter whether the wallet forgets it or sends it to the end of its ladder;
// U when storing it failed.
func (w *Wallet) Reply(d wallet.Delivery, err error) wallet.Reply {
	r := replyFor(err)
	header := http.Header{"Content-Type": jsonType}
	if r.signed && w.profile.SignReply {
		path, _, _ := strings.Cut(d.Path, "?")
		signed, err := w.seal.headers(context.Background(), headerResponseTime, w.now(), d.Method, path, []byte(r.body))
		if err == nil {
			header = signed
		}
	}
	return wallet.Reply{Status: r.status, Header: header, Body: []byte(r.body)}
}

func replyFor(err error) reply {
	if err == nil {
		return replyStored
	}
	switch fault.KindOf(err) {
	case fault.NotFound:
		return replyNoOrder
	case fault.Unauthenticated:
		return replyForged
	case fault.TooLarge:
		return replyLarge
	case fault.Invalid, fault.Forbidden:
		return replyIllegal
	}
	return replyAgain
}

// digest names bytes.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
