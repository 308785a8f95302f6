package signing_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
)

func ExampleSecret() {
	secret := signing.NewSecret("p3-Vt9xQ0m_zLwYc4RbN7sKd2GhJ6fUa")
	fmt.Println(secret)
	fmt.Printf("%x\n", secret)
	fmt.Println(len(secret.Reveal()))
	// Output:
	// [redacted]
	// [redacted]
	// 32
}

func ExampleNewHMAC() {
	ctx := context.Background()
	key, err := signing.NewHMAC("1", signing.NewSecret("p3-Vt9xQ0m_zLwYc4RbN7sKd2GhJ6fUa"))
	if err != nil {
		panic(err)
	}
	signature, _ := key.Sign(ctx, []byte("order=7&amount=1234"))
	fmt.Println(key.Verify(ctx, "1", []byte("order=7&amount=1234"), signature))

	err = key.Verify(ctx, "1", []byte("order=7&amount=1"), signature)
	fmt.Println(errors.Is(err, fault.Unauthenticated))

	_, err = signing.NewHMAC("1", signing.NewSecret("changemechangeme"))
	fmt.Println(fault.Of(err).Detail)
	// Output:
	// <nil>
	// true
	// The HMAC secret is a placeholder, not a secret.
}

func ExampleNewRSASigner() {
	ctx := context.Background()
	file, err := testdata.Files.ReadFile("keys/client_private.pem")
	if err != nil {
		panic(err)
	}
	key, err := signing.ParseRSAPrivateKey(file)
	if err != nil {
		panic(err)
	}
	signer, err := signing.NewRSASigner("1", key)
	if err != nil {
		panic(err)
	}
	signature, _ := signer.Sign(ctx, []byte("message"))

	verifier, err := signing.NewRSAVerifier(map[string]*rsa.PublicKey{"1": signer.PublicKey()})
	if err != nil {
		panic(err)
	}
	fmt.Println(verifier.Verify(ctx, "1", []byte("message"), signature))
	fmt.Println(errors.Is(verifier.Verify(ctx, "2", []byte("message"), signature), fault.Unauthenticated))
	// Output:
	// <nil>
	// true
}

func ExampleTokens() {
	keyring := signing.GenerateKeyring()
	clock := time.Date(2025, 11, 20, 9, 30, 0, 0, time.UTC)
	tokens, err := signing.NewTokens(signing.TokensConfig{
		Issuer:      "https://till.example",
		Keys:        keyring.Keys,
		ReceiptKeys: keyring.ReceiptKeys,
		Now:         func() time.Time { return clock },
	})
	if err != nil {
		panic(err)
	}
	token, expiresAt, err := tokens.IssueSession(signing.Session{App: "demo", Wallet: "sandbox", Payer: "2088"})
	if err != nil {
		panic(err)
	}
	fmt.Println("until", expiresAt.Format(time.TimeOnly))

	session, _ := tokens.ParseSession(token)
	fmt.Println(session.App, session.Payer)

	_, err = tokens.ParseOrder(token)
	fmt.Println(fault.Of(err).Detail)

	clock = clock.Add(3 * time.Hour)
	_, err = tokens.ParseSession(token)
	fmt.Println(fault.Of(err).Detail)
	// Output:
	// until 11:30:00
	// demo 2088
	// The token is not an order token.
	// The session token has expired.
}

func ExampleKeyring() {
	document, err := signing.EncodeKeyring(signing.GenerateKeyring())
	if err != nil {
		panic(err)
	}
	keyring, err := signing.DecodeKeyring(document) // after a restart
	if err != nil {
		panic(err)
	}
	if keyring, err = keyring.Add(); err == nil { // once every node has this one:
		keyring, err = keyring.Sign()
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(len(keyring.Keys), len(keyring.ReceiptKeys), keyring.Keys[0].Secret)
	// Output: 2 2 [redacted]
}

func ExampleSealer() {
	sealer, err := signing.GenerateKeyring().Sealer()
	if err != nil {
		panic(err)
	}
	sealed := sealer.Seal([]byte("p3-Vt9xQ0m_zLwYc4RbN7sKd2GhJ6fUa"), "endpoint 7")
	plain, err := sealer.Open(sealed, "endpoint 7")
	fmt.Println(len(plain), err)

	_, err = sealer.Open(sealed, "endpoint 8")
	fmt.Println(errors.Is(err, fault.Unauthenticated))
	// Output:
	// 32 <nil>
	// true
}

// A provider changes its key: until it has done so everywhere, messages signed with the old
// key and with the new one are accepted, each by the id that it names.
func ExampleNewHMACVerifier() {
	ctx, message := context.Background(), []byte("order=7&amount=1234")
	older, err1 := signing.NewHMAC("2025", signing.NewSecret("p3-Vt9xQ0m_zLwYc4RbN7sKd2GhJ6fUa"))
	newest, err2 := signing.NewHMAC("2026", signing.NewSecret("Xw5-k8Tz_1QpLr7VbY3nHs9GcM2dJ4fE"))
	verifier, err3 := signing.NewHMACVerifier(newest, older)
	if err := errors.Join(err1, err2, err3); err != nil {
		panic(err)
	}
	signature, _ := older.Sign(ctx, message)
	fmt.Println(verifier.Verify(ctx, "2025", message, signature))
	fmt.Println(errors.Is(verifier.Verify(ctx, "2026", message, signature), fault.Unauthenticated))
	fmt.Println(errors.Is(verifier.Verify(ctx, "2024", message, signature), fault.Unauthenticated))
	// Output:
	// <nil>
	// true
	// true
}

func ExampleTokens_IssueReceipt() {
	tokens, err := signing.NewTokens(signing.GenerateKeyring().Config("https://till.example"))
	if err != nil {
		panic(err)
	}
	receipt, err := tokens.IssueReceipt(signing.Receipt{
		App: "demo", Order: "ord_1", Status: "paid", Currency: "USD", Value: "1234", Paid: "1234",
		At: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		panic(err)
	}
	proven, err := tokens.ParseReceipt(receipt) // others use the keys of tokens.JWKS()
	fmt.Println(proven.Order, proven.Status, proven.Paid, err)
	// Output: ord_1 paid 1234 <nil>
}

// A node keeps the book in the store. Before the next step of a rotation, the book shows whether every
// node that runs knows the new keys.
func ExampleKeyBook() {
	now, life := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC), 3*time.Hour
	keyring := signing.GenerateKeyring()
	book, _ := new(signing.KeyBook).Note(keyring, now, life)
	fmt.Println(book.Missing(keyring, now, life), len(book.Missing(signing.GenerateKeyring(), now, life)))

	added, err := keyring.Add()
	if err != nil {
		panic(err)
	}
	fmt.Println("ready:", book.Unready(added, now) == "")
	now = now.Add(time.Hour) // the node was started with the new keyring, and the old one stopped
	book, _ = book.Note(added, now, life)
	fmt.Println("ready:", book.Unready(added, now) == "")
	// Output:
	// [] 3
	// ready: false
	// ready: true
}

func ExampleParseRSAPublicKey() {
	_, err := signing.ParseRSAPublicKey([]byte("-----BEGIN PUBLIC KEY-----\ncut off"))
	fmt.Println(fault.Of(err).Detail)
	// Output: The RSA public key cannot be read: the PEM has no matching END line.
}
