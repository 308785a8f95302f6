package payprotocol

import (
	"crypto/sha256"
	"math/big"
	"slices"
)

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Check encodes bytes, the first of which is not 0, with a checksum after them, as TRON
// writes addresses.
func base58Check(b []byte) string {
	once := sha256.Sum256(b)
	twice := sha256.Sum256(once[:])
	n := new(big.Int).SetBytes(append(slices.Clone(b), twice[:4]...))
	base, digit := big.NewInt(int64(len(base58Digits))), new(big.Int)
	var text []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		text = append(text, base58Digits[digit.Int64()])
	}
	slices.Reverse(text)
	return string(text)
}
