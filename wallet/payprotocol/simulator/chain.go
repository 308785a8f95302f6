package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/sha3"
)

// chain is a chain on which the provider accepts tokens. Its id is the provider's own.
type chain struct {
	id      int
	name    string
	tron    bool // addresses are TRON's, else those of Ethereum
	account string
}

// token is a currency on a chain. The price is in millionths of a dollar.
type token struct {
	id, chain    int
	name, symbol string
	address      string // of its contract; the zero address means the chain's native coin
	decimals     int
	price        int64
}

var chains = []chain{
	{136, "TRON Nile", true, "TNhutnynPyF3j54EBBXTUKB3emRfUpGs6F"},
	{56, "BSC Testnet", false, "0x9c06c5f22b4260faa0c67174662f4f0d8ece71a3"},
	{11, "Ethereum Sepolia", false, "0x9c06c5f22b4260faa0c67174662f4f0d8ece71a3"},
}

var tokens = []token{
	{1, 136, "TRON", "TRX", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", 6, 250_000},
	{2, 136, "Tether USD", "USDT", "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf", 6, 1_000_000},
	{7, 56, "BNB", "BNB", "0x0000000000000000000000000000000000000000", 18, 600_000_000},
	{8, 56, "Tether USD", "USDT", "0x337610d27c682e347c9cd60bd4b3b107c9d34ddd", 18, 1_000_000},
	{11, 11, "Ether", "ETH", "0x0000000000000000000000000000000000000000", 18, 3_000_000_000},
	{12, 11, "Tether USD", "USDT", "0x7169d38820dfd117c3fa1f22a697dba58d90ba06", 6, 1_000_000},
	{13, 11, "USD Coin", "USDC", "0x1c7d4b196cb0c7b01d743fbc6116a902379c7238", 6, 1_000_000},
}

// fiat has the prices of currencies in millionths of a dollar.
var fiat = map[string]int64{
	"USD": 1_000_000, "EUR": 1_150_000, "GBP": 1_310_000, "CNY": 140_000, "HKD": 128_000, "JPY": 6_500, "SGD": 770_000, "IQD": 763,
	"PHP": 17_000, "MYR": 240_000, "BRL": 186_000,
}

func chainOf(id int) *chain {
	for i := range chains {
		if chains[i].id == id {
			return &chains[i]
		}
	}
	return nil
}

func tokenOf(chain, id int) *token {
	for i := range tokens {
		if tokens[i].chain == chain && tokens[i].id == id {
			return &tokens[i]
		}
	}
	return nil
}

// usual returns the token in which an order on a chain is first to be paid: that of its price
// when the chain has it, else the chain's dollar token.
func usual(chain int, symbol string) *token {
	var first, dollar *token
	for i := range tokens {
		t := &tokens[i]
		switch {
		case t.chain != chain:
			continue
		case t.symbol == symbol:
			return t
		case t.symbol == "USDT":
			dollar = t
		}
		if first == nil {
			first = t
		}
	}
	if dollar != nil {
		return dollar
	}
	return first
}

// worth returns the price of a currency or token in millionths of a dollar; 0 for an unknown
// one.
func worth(symbol string, legal bool) int64 {
	if legal {
		return fiat[symbol]
	}
	for _, t := range tokens {
		if t.symbol == symbol {
			return t.price
		}
	}
	return 0
}

// unit returns how many of the smallest units are one token.
func (t *token) unit() *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.decimals)), nil)
}

// units returns an amount of a currency in the token, rounded up.
func (t *token) units(amount *big.Rat, price int64) *big.Int {
	exact := new(big.Rat).Mul(amount, new(big.Rat).SetFrac64(price, t.price))
	exact.Mul(exact, new(big.Rat).SetInt(t.unit()))
	whole, rest := new(big.Int).QuoRem(exact.Num(), exact.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	return whole
}

// exact converts a decimal number of tokens to units; ok is false when it has more digits than
// the token.
func (t *token) exact(amount *big.Rat) (units *big.Int, ok bool) {
	all := new(big.Rat).Mul(amount, new(big.Rat).SetInt(t.unit()))
	return new(big.Int).Set(all.Num()), all.IsInt()
}

// decimal returns units as a number of tokens, without superfluous zeros.
func (t *token) decimal(units *big.Int) string {
	text := new(big.Rat).SetFrac(units, t.unit()).FloatString(t.decimals)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// The inputs of the provider's factory for its contracts, on every chain.
const (
	Factory      = "0x1111111111111111111111111111111111111111"
	InitCodeHash = "0x07ad118d6cc8642c86c03827f276d8b791a65e5c99a3845faf186be720a1455d"
)

// saltOf returns the salt of the nth address of a chain.
func saltOf(chain, n int) [32]byte { return sha256.Sum256(fmt.Appendf(nil, "%d/%d", chain, n)) }

// contract returns the address that the factory creates with a salt: CREATE2, in the chain's
// own encoding.
func (c *chain) contract(salt [32]byte) string {
	first := byte(0xff)
	if c.tron {
		first = 0x41
	}
	factory, _ := hex.DecodeString(Factory[2:])
	code, _ := hex.DecodeString(InitCodeHash[2:])
	h := sha3.NewLegacyKeccak256()
	h.Write([]byte{first})
	h.Write(factory)
	h.Write(salt[:])
	h.Write(code)
	last20 := h.Sum(nil)[12:]
	if !c.tron {
		return "0x" + hex.EncodeToString(last20)
	}
	return base58(append([]byte{0x41}, last20...))
}

// base58 returns Base58Check: the bytes and the first four of their double SHA-256.
func base58(payload []byte) string {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	inner := sha256.Sum256(payload)
	check := sha256.Sum256(inner[:])
	rest := new(big.Int).SetBytes(append(payload, check[:4]...))
	var out string
	for rest.Sign() > 0 {
		var digit big.Int
		rest.QuoRem(rest, big.NewInt(58), &digit)
		out = alphabet[digit.Int64():digit.Int64()+1] + out
	}
	return out
}
