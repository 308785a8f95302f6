package payprotocol

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/crypto/sha3"

	"github.com/minitill/minitill/wallet/wire"
)

// Contract has what determines the addresses of payments on one chain: they are those of
// contracts that the provider's factory creates by CREATE2. The API does not return these
// values, so an address is verified on the chains that have a Contract, and on no other.
type Contract struct {
	ChainID      int64  `json:"chainId" validate:"required"`      // the platform's
	Kind         string `json:"kind" validate:"required"`         // how addresses are written: evm or tron
	Factory      string `json:"factory" validate:"required"`      // 0x and 40 hexadecimal digits
	InitCodeHash string `json:"initCodeHash" validate:"required"` // Keccak-256: 0x and 64 hexadecimal digits
}

// contract is a Contract that has been parsed.
type contract struct {
	tron          bool
	factory, init []byte
}

var errAddress = errors.New("the address is not that of the provider's contract")

func (c Config) contracts(mistakes *wire.Mistakes) map[int64]contract {
	all := make(map[int64]contract, len(c.Contracts))
	for i, set := range c.Contracts {
		name := "contracts[" + strconv.Itoa(i) + "]."
		factory, okFactory := fromHex(set.Factory, 20)
		init, okInit := fromHex(set.InitCodeHash, 32)
		_, twice := all[set.ChainID]
		mistakes.Check(set.ChainID > 0 && !twice, name+"chainId", "must be the platform's id of a chain, each once")
		mistakes.Check(set.Kind == "evm" || set.Kind == "tron", name+"kind", "must be evm or tron")
		mistakes.Check(okFactory, name+"factory", "must be 0x and 40 hexadecimal digits")
		mistakes.Check(okInit, name+"initCodeHash", "must be 0x and 64 hexadecimal digits")
		all[set.ChainID] = contract{set.Kind == "tron", factory, init}
	}
	return all
}

func fromHex(s string, size int) ([]byte, bool) {
	digits, found := strings.CutPrefix(s, "0x")
	b, err := hex.DecodeString(digits)
	return b, found && err == nil && len(b) == size
}

// verified returns an address that may be shown for a payment on a chain. Where the chain's
// contract is not known, any plain word is accepted.
func (w *Wallet) verified(chain int64, a addressJSON) (string, error) {
	known, configured := w.contracts[chain]
	switch {
	case !wire.ValidHeaderValue(a.UserWalletAddress) || !wire.ValidIDs(a.UserWalletAddress):
		return "", wire.ErrMalformed
	case configured && !known.made(a):
		return "", errAddress
	}
	return a.UserWalletAddress, nil
}

func (c contract) made(a addressJSON) bool {
	salt, ok := fromHex(a.SaltHash, 32)
	if !ok {
		return false
	}
	if c.tron {
		return c.address(salt) == a.UserWalletAddress
	}
	return strings.EqualFold(c.address(salt), a.UserWalletAddress)
}

// The first byte of the hash's input, which on TRON is also the first of an address.
const (
	evmPrefix  = 0xff
	tronPrefix = 0x41
)

// address returns the address of the contract that the factory creates with a salt (EIP-1014).
func (c contract) address(salt []byte) string {
	prefix := byte(evmPrefix)
	if c.tron {
		prefix = tronPrefix
	}
	hash := sha3.NewLegacyKeccak256()
	for _, part := range [][]byte{{prefix}, c.factory, salt, c.init} {
		_, _ = hash.Write(part)
	}
	address := hash.Sum(nil)[12:]
	if c.tron {
		return base58Check(append([]byte{tronPrefix}, address...))
	}
	return "0x" + hex.EncodeToString(address)
}
