package signing

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/minitill/minitill/fault"
)

const (
	keyringVersion  = 1
	maxKeyringDepth = 8
	lowerCase       = "abcdefghijklmnopqrstuvwxyz"
	maxKeyringSize  = 1 << 20
	keySigns        = "sign"
	keyOnlyVerifies = "verify"
	keySeals        = "seal"
	keyOnlyOpens    = "open"
)

// Keyring has the keys of [Tokens] and of a [Sealer], as a server keeps them over restarts.
// In each list the first key signs or seals, and the others only verify or open.
//
// Keys are replaced in three steps, so that no node receives a token that it cannot read.
// After each step every node is restarted with the new document:
//
//	Add     every node gets the new keys, and none signs with them
//	Sign    the new keys sign and seal; the old ones verify and open
//	Retire  the old token keys are removed, once every token that they signed has expired
//
// Receipts and sealed texts do not expire, so their keys are kept: receipt keys as their
// public half alone.
type Keyring struct {
	Keys        []TokenKey
	ReceiptKeys []ReceiptKey
	SealingKeys []SealingKey // may be none, see [Keyring.WithSealing]
	// Added reports whether the second key of each list is new and waits for Sign.
	Added bool
}

// GenerateKeyring returns a keyring with one new key of each kind.
func GenerateKeyring() Keyring {
	return Keyring{
		Keys:        []TokenKey{GenerateTokenKey()},
		ReceiptKeys: []ReceiptKey{GenerateReceiptKey()},
		SealingKeys: []SealingKey{GenerateSealingKey()},
	}
}

// Config returns the configuration of Tokens with these keys. The issuer names the
// installation, usually by its public URL.
func (k Keyring) Config(issuer string) TokensConfig {
	return TokensConfig{Issuer: issuer, Keys: k.Keys, ReceiptKeys: k.ReceiptKeys}
}

// Add returns the keyring with new keys that verify and open only.
//
// Faults: Conflict when keys were added before and do not sign yet; Invalid for a keyring
// without a sealing key.
func (k Keyring) Add() (Keyring, error) {
	const op = "signing.Keyring.Add"
	switch {
	case k.Added:
		return Keyring{}, outOfStep(op, "The keyring has new keys already that do not sign yet; the next step is sign.")
	case len(k.SealingKeys) == 0:
		return Keyring{}, invalid(op, "The keyring has no sealing key.", nil)
	}
	added := GenerateKeyring()
	return Keyring{
		Keys:        slices.Insert(slices.Clone(k.Keys), 1, added.Keys[0]),
		ReceiptKeys: slices.Insert(slices.Clone(k.ReceiptKeys), 1, added.ReceiptKeys[0]),
		SealingKeys: slices.Insert(slices.Clone(k.SealingKeys), 1, added.SealingKeys[0]),
		Added:       true,
	}, nil
}

// Sign returns the keyring in which the keys that were added sign and seal.
//
// Faults: Conflict when none were added.
func (k Keyring) Sign() (Keyring, error) {
	if !k.Added {
		return Keyring{}, outOfStep("signing.Keyring.Sign", "The keyring has no new keys; the first step is add.")
	}
	next := Keyring{
		Keys: slices.Clone(k.Keys), ReceiptKeys: slices.Clone(k.ReceiptKeys), SealingKeys: slices.Clone(k.SealingKeys),
	}
	next.Keys[0], next.Keys[1] = next.Keys[1], next.Keys[0]
	next.ReceiptKeys[0], next.ReceiptKeys[1] = next.ReceiptKeys[1], next.ReceiptKeys[0]
	next.SealingKeys[0], next.SealingKeys[1] = next.SealingKeys[1], next.SealingKeys[0]
	public, _ := next.ReceiptKeys[1].public()
	next.ReceiptKeys[1] = ReceiptKey{ID: next.ReceiptKeys[1].ID, Public: public}
	return next, nil
}

// Retire returns the keyring without the token keys that no longer sign. The caller has
// checked that no token of theirs is valid any more, see [KeyBook.Blocking].
//
// Faults: Conflict when keys were added that do not sign yet, or when there is no old key.
func (k Keyring) Retire() (Keyring, error) {
	const op = "signing.Keyring.Retire"
	switch {
	case k.Added:
		return Keyring{}, outOfStep(op, "The keyring has new keys that do not sign yet; the next step is sign.")
	case len(k.Keys) == 1:
		return Keyring{}, outOfStep(op, "The keyring has no old key to retire; the first step is add.")
	}
	k.Keys = k.Keys[:1:1]
	return k, nil
}

func outOfStep(op, detail string) error { return fault.New(fault.Conflict, op, detail) }

// keyringDocument is the JSON form. Names are lower case throughout, which lets the
// decoder refuse every other spelling.
type keyringDocument struct {
	Version  int            `json:"version"`
	Tokens   []documentItem `json:"tokens"`
	Receipts []documentItem `json:"receipts"`
	Sealing  []documentItem `json:"sealing,omitempty"` // documents of the first release have none
}

type documentItem struct {
	ID     string `json:"id"`
	Use    string `json:"use"` // sign or verify; seal or open
	Secret string `json:"secret,omitempty"`
	Seed   string `json:"seed,omitempty"`
	Public string `json:"public,omitempty"`
}

// EncodeKeyring returns k as an indented JSON document. It contains the secrets in plain
// text: write it to a file that only the server may read. Receipt keys that no longer sign
// are written without their seeds.
//
// Faults: Invalid for a keyring that [NewTokens] or [NewSealer] would refuse.
func EncodeKeyring(k Keyring) ([]byte, error) {
	if err := k.check(); err != nil {
		return nil, fmt.Errorf("signing.EncodeKeyring: %w", err)
	}
	document := keyringDocument{Version: keyringVersion}
	for i, key := range k.Keys {
		document.Tokens = append(document.Tokens, documentItem{
			ID: key.ID, Use: useAt(i, keySigns, keyOnlyVerifies), Secret: encodeKey(key.Secret.bytes()),
		})
	}
	for i, key := range k.ReceiptKeys {
		item := documentItem{ID: key.ID, Use: useAt(i, keySigns, keyOnlyVerifies)}
		if i == 0 || i == 1 && k.Added {
			item.Seed = encodeKey(key.Seed.bytes())
		} else {
			public, _ := key.public()
			item.Public = encodeKey(public)
		}
		document.Receipts = append(document.Receipts, item)
	}
	for i, key := range k.SealingKeys {
		document.Sealing = append(document.Sealing, documentItem{
			ID: key.ID, Use: useAt(i, keySeals, keyOnlyOpens), Secret: encodeKey(key.Secret.bytes()),
		})
	}
	if k.Added {
		document.advance()
	}
	encoded, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, invalid("signing.EncodeKeyring", "The keyring cannot be written.", err)
	}
	return append(encoded, '\n'), nil
}

// DecodeKeyring reads a document of [EncodeKeyring], which an operator may have edited. In
// each list one key has "use":"sign" and all others have "use":"verify", or "seal" and "open"
// in the list of sealing keys, which may be missing. The key that signs or seals is the first
// of the result. Where a key stands before it in every list of the document, that key was
// added and does not sign yet.
//
// Faults: Invalid for a document of another form, with unknown, repeated or misspelled
// members, and for keys that [NewTokens] or [NewSealer] would refuse. The error contains no
// key material.
func DecodeKeyring(document []byte) (Keyring, error) {
	const op = "signing.DecodeKeyring"
	if len(document) > maxKeyringSize {
		return Keyring{}, invalid(op, "The keyring is larger than 1 MiB.", nil)
	}
	var parsed keyringDocument
	if err := decodeStrict(document, &parsed); err != nil {
		return Keyring{}, invalid(op, "The keyring is not the JSON document it should be.", err)
	}
	if parsed.Version != keyringVersion {
		return Keyring{}, invalid(op, "The keyring has an unknown version.", fmt.Errorf("version %d", parsed.Version))
	}
	k, err := parsed.keyring()
	if err != nil {
		return Keyring{}, invalid(op, "The keyring has a key that cannot be used.", err)
	}
	if err := k.check(); err != nil {
		return Keyring{}, fmt.Errorf("%s: %w", op, err)
	}
	return k, nil
}

// lists returns the lists of keys, each in order of creation, the newest first.
func (d *keyringDocument) lists() [3][]documentItem {
	return [3][]documentItem{d.Tokens, d.Receipts, d.Sealing}
}

// advance moves the new keys, which are second, before those in use.
func (d *keyringDocument) advance() {
	for _, list := range d.lists() {
		list[0], list[1] = list[1], list[0]
	}
}

// added reports whether in each list exactly one key stands before the key in use: a newer
// one, which has the seed to sign with.
func (d *keyringDocument) added() bool {
	for _, list := range d.lists() {
		inUse := func(i documentItem) bool { return i.Use == keySigns || i.Use == keySeals }
		if slices.IndexFunc(list, inUse) != 1 {
			return false
		}
	}
	return d.Receipts[0].Seed != ""
}

func (d keyringDocument) keyring() (Keyring, error) {
	k := Keyring{Added: d.added()}
	tokens, err := firstInUse("tokens", d.Tokens, keySigns, keyOnlyVerifies)
	if err != nil {
		return Keyring{}, err
	}
	for _, item := range tokens {
		key, err := item.tokenKey()
		if err != nil {
			return Keyring{}, fmt.Errorf("token key %q: %w", item.ID, err)
		}
		k.Keys = append(k.Keys, key)
	}
	receipts, err := firstInUse("receipts", d.Receipts, keySigns, keyOnlyVerifies)
	if err != nil {
		return Keyring{}, err
	}
	for _, item := range receipts {
		key, err := item.receiptKey()
		if err != nil {
			return Keyring{}, fmt.Errorf("receipt key %q: %w", item.ID, err)
		}
		k.ReceiptKeys = append(k.ReceiptKeys, key)
	}
	if k.SealingKeys, err = d.sealingKeys(); err != nil {
		return Keyring{}, err
	}
	return k, nil
}

func (i documentItem) tokenKey() (TokenKey, error) {
	if i.Seed != "" || i.Public != "" {
		return TokenKey{}, errors.New("such a key has a secret, neither a seed nor a public key")
	}
	secret, err := decodeKey(i.Secret)
	return TokenKey{ID: i.ID, Secret: secretOf(secret)}, err
}

func (i documentItem) receiptKey() (ReceiptKey, error) {
	if i.Secret != "" {
		return ReceiptKey{}, errors.New("a receipt key has a seed or a public key, no secret")
	}
	seed, err := decodeKey(i.Seed)
	if err != nil {
		return ReceiptKey{}, err
	}
	public, err := decodeKey(i.Public)
	if err != nil {
		return ReceiptKey{}, err
	}
	key := ReceiptKey{ID: i.ID, Seed: secretOf(seed)}
	if len(public) > 0 {
		key.Public = ed25519.PublicKey(public)
	}
	return key, nil
}

// firstInUse returns items with the active one first.
func firstInUse(list string, items []documentItem, active, passive string) ([]documentItem, error) {
	var first, others []documentItem
	for _, item := range items {
		switch item.Use {
		case active:
			first = append(first, item)
		case passive:
			others = append(others, item)
		default:
			return nil, fmt.Errorf("%s: key %q says neither %s nor %s", list, item.ID, active, passive)
		}
	}
	if len(first) != 1 {
		return nil, fmt.Errorf("%s: %d keys %s; it must be one", list, len(first), active)
	}
	return append(first, others...), nil
}

// check applies the rules of NewTokens and NewSealer.
func (k Keyring) check() error {
	if _, err := tokenSecrets(k.Keys); err != nil {
		return err
	}
	if _, err := receiptPublics(k.ReceiptKeys); err != nil {
		return err
	}
	if _, err := newReceiptSigner(k.ReceiptKeys[0]); err != nil || len(k.SealingKeys) == 0 {
		return err
	}
	_, err := NewSealer(k.SealingKeys...)
	return err
}

func useAt(index int, active, passive string) string {
	if index == 0 {
		return active
	}
	return passive
}

func encodeKey(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decodeKey(text string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errors.New("key material is not unpadded URL-safe Base64")
	}
	return b, nil
}

// decodeStrict decodes one JSON value and refuses what encoding/json accepts: unknown and
// repeated members, names in another case, and text after the value.
func decodeStrict(document []byte, into any) error {
	if err := checkNames(json.NewDecoder(bytes.NewReader(document)), maxKeyringDepth); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the document")
	}
	return nil
}

// checkNames checks the names of a value's members, at any depth. They must be plain lower
// case, because the decoder folds other letters to these.
func checkNames(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	opening, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth == 0 {
		return errors.New("the document is nested too deeply")
	}
	seen := map[string]bool{}
	for decoder.More() {
		if opening == '{' {
			token, err := decoder.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if seen[name] || strings.Trim(name, lowerCase) != "" {
				return errors.New("a member is repeated or not in lower case")
			}
			seen[name] = true
		}
		if err := checkNames(decoder, depth-1); err != nil {
			return err
		}
	}
	_, err = decoder.Token() // the closing delimiter
	return err
}
