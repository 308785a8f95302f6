package signing

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/testdata"
)

// rsaVector is a vector of a wallet that signs with RSA.
type rsaVector struct {
	Name, Algorithm, Key, Message, SHA256 string
	Signature                             string // Base64; empty where only the message is known
}

// rsaVectors returns the RSA vectors of all wallets.
func rsaVectors(t testing.TB) []rsaVector {
	t.Helper()
	var found []rsaVector
	for _, name := range []string{"miniprogram", "redotpay"} {
		for _, v := range testdata.Vectors[rsaVector](t, name) {
			if v.Algorithm == "rsa-sha256" {
				found = append(found, v)
			}
		}
	}
	return found
}

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	return testdata.Read(t, "keys/"+name)
}

func testPrivate(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	key, err := ParseRSAPrivateKey(testFile(t, name+"_private.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testPublic(t testing.TB, file string) *rsa.PublicKey {
	t.Helper()
	key, err := ParseRSAPublicKey(testFile(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testVerifier(t testing.TB) *RSAVerifier {
	t.Helper()
	v, err := NewRSAVerifier(map[string]*rsa.PublicKey{
		"client":        testPublic(t, "client_public.pem"),
		"wallet":        testPublic(t, "wallet_public.pem"),
		"redotpay_test": testPublic(t, "redotpay_test_public.b64"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRSAMatchesVectors(t *testing.T) {
	signers := map[string]*RSASigner{}
	for _, name := range []string{"client", "wallet"} {
		signer, err := NewRSASigner(name, testPrivate(t, name))
		if err != nil {
			t.Fatal(err)
		}
		signers[name] = signer
	}
	verifier := testVerifier(t)
	for _, vector := range rsaVectors(t) {
		t.Run(vector.Name, func(t *testing.T) {
			message := []byte(vector.Message)
			if digest := sha256.Sum256(message); hex.EncodeToString(digest[:]) != vector.SHA256 {
				t.Fatalf("got message digest %x, want %s", digest, vector.SHA256)
			}
			if vector.Signature == "" {
				return
			}
			want, err := base64.StdEncoding.DecodeString(vector.Signature)
			if err != nil {
				t.Fatal(err)
			}
			if err := verifier.Verify(t.Context(), vector.Key, message, want); err != nil {
				t.Errorf("got %v, want nil", err)
			}
			if signer := signers[vector.Key]; signer != nil {
				got, err := signer.Sign(t.Context(), message)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("got signature %x, %v, want %x", got, err, want)
				}
			}
		})
	}
}

func TestRSAVerifyRefusesAlteredVectors(t *testing.T) {
	vector := rsaVectors(t)[0]
	signature, _ := base64.StdEncoding.DecodeString(vector.Signature)
	loose := base64.RawStdEncoding
	blanked, err := loose.DecodeString(strings.TrimRight(strings.ReplaceAll(vector.Signature, "+", ""), "="))
	if err != nil {
		blanked = []byte("not even Base64")
	}
	verifier := testVerifier(t)
	tests := []struct {
		name, keyID, message string
		signature            []byte
	}{
		{"one byte of the body changed", "client", strings.Replace(vector.Message, "10000", "10001", 1), signature},
		{"an accent written in another form", "client", strings.Replace(vector.Message, "é", "e\u0301", 1), signature},
		{"a line feed at the end", "client", vector.Message + "\n", signature},
		{"a carriage return in the line break", "client", strings.Replace(vector.Message, "\n", "\r\n", 1), signature},
		{"a shortened path", "client", strings.Replace(vector.Message, "/api/open/v2/", "/v2/", 1), signature},
		{"plus signs lost on the way", "client", vector.Message, blanked},
		{"the key of the other side", "wallet", vector.Message, signature},
		{"an unknown key", "nobody", vector.Message, signature},
		{"no key id where several names are known", "", vector.Message, signature},
		{"a signature cut short", "client", vector.Message, signature[:255]},
		{"a zero in front of the signature", "client", vector.Message, append([]byte{0}, signature...)},
		{"no signature", "client", vector.Message, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := verifier.Verify(t.Context(), tt.keyID, []byte(tt.message), tt.signature)
			if !errors.Is(err, fault.Unauthenticated) {
				t.Errorf("got %v, want Unauthenticated", err)
			}
		})
	}
}

func TestRSAVerifierWithoutKeyID(t *testing.T) {
	client, wallet := testPublic(t, "client_public.pem"), testPublic(t, "wallet_public.pem")
	vector := rsaVectors(t)[0] // signed by client
	signature, _ := base64.StdEncoding.DecodeString(vector.Signature)
	tests := []struct {
		name string
		keys map[string]*rsa.PublicKey
		want error
	}{
		{"means the only key", map[string]*rsa.PublicKey{"main": client}, nil},
		{"means the greatest version", map[string]*rsa.PublicKey{"9": wallet, "10": client}, nil},
		{"does not mean an older version", map[string]*rsa.PublicKey{"1": client, "2": wallet}, fault.Unauthenticated},
		{"means nothing when names are not versions", map[string]*rsa.PublicKey{"1": wallet, "b": client}, fault.Unauthenticated},
		{"means nothing when versions are written oddly", map[string]*rsa.PublicKey{"1": wallet, "02": client}, fault.Unauthenticated},
		{"means the key that has no name", map[string]*rsa.PublicKey{"": client, "2": wallet}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := NewRSAVerifier(tt.keys)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Verify(t.Context(), "", []byte(vector.Message), signature); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestRSARefusesUnfitKeys(t *testing.T) {
	good := testPrivate(t, "client")
	inconsistent := &rsa.PrivateKey{PublicKey: testPrivate(t, "wallet").PublicKey, D: good.D, Primes: good.Primes}
	small := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 65537}
	even := &rsa.PublicKey{N: good.N, E: 4}
	huge := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 9000, 1), E: 65537}
	signers := map[string]*rsa.PrivateKey{
		"a missing private key":   nil,
		"a key without a modulus": {},
		"a key of 1024 bits":      {PublicKey: *small},
		"halves of two keys":      inconsistent,
	}
	for name, key := range signers {
		t.Run(name, func(t *testing.T) {
			if _, err := NewRSASigner("1", key); !errors.Is(err, fault.Invalid) {
				t.Errorf("got %v, want Invalid", err)
			}
		})
	}
	verifiers := map[string]map[string]*rsa.PublicKey{
		"no keys at all":             nil,
		"a missing public key":       {"1": nil},
		"a public key of 1024 bits":  {"1": small},
		"an even exponent":           {"1": even},
		"more bits than are bounded": {"1": huge},
	}
	for name, keys := range verifiers {
		t.Run(name, func(t *testing.T) {
			if _, err := NewRSAVerifier(keys); !errors.Is(err, fault.Invalid) {
				t.Errorf("got %v, want Invalid", err)
			}
		})
	}
}

func TestParseRSAKeyForms(t *testing.T) {
	key := testPrivate(t, "client")
	pkcs8DER, _ := x509.MarshalPKCS8PrivateKey(key)
	pkcs1DER := x509.MarshalPKCS1PrivateKey(key)
	spkiDER, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	publicPKCS1DER := x509.MarshalPKCS1PublicKey(&key.PublicKey)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)}
	certificateDER, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	wrap := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	certificate := wrap("CERTIFICATE", certificateDER)
	private := map[string]string{
		"PKCS#8":             string(pkcs8DER),
		"PKCS#1":             string(pkcs1DER),
		"PKCS#8 PEM":         wrap("PRIVATE KEY", pkcs8DER),
		"PKCS#1 PEM":         wrap("RSA PRIVATE KEY", pkcs1DER),
		"certificate beside": certificate + wrap("PRIVATE KEY", pkcs8DER),
	}
	public := map[string]string{
		"SPKI":               string(spkiDER),
		"PKCS#1":             string(publicPKCS1DER),
		"certificate":        string(certificateDER),
		"SPKI PEM":           wrap("PUBLIC KEY", spkiDER),
		"PKCS#1 PEM":         wrap("RSA PUBLIC KEY", publicPKCS1DER),
		"certificate in PEM": certificate,
	}
	for name, form := range private {
		for wrapping, text := range wrappings(form) {
			t.Run("private, "+name+", "+wrapping, func(t *testing.T) {
				got, err := ParseRSAPrivateKey([]byte(text))
				if err != nil || !got.Equal(key) {
					t.Errorf("got %v, want the key", err)
				}
			})
		}
	}
	for name, form := range public {
		for wrapping, text := range wrappings(form) {
			t.Run("public, "+name+", "+wrapping, func(t *testing.T) {
				got, err := ParseRSAPublicKey([]byte(text))
				if err != nil || !got.Equal(&key.PublicKey) {
					t.Errorf("got %v, want the key", err)
				}
			})
		}
	}
}

// wrappings are the ways in which a key arrives from files, consoles and environments.
func wrappings(form string) map[string]string {
	if strings.HasPrefix(form, "-----") {
		return map[string]string{
			"as it is":             form,
			"without last newline": strings.TrimSpace(form),
			"with CRLF":            strings.ReplaceAll(form, "\n", "\r\n"),
			"with \\n spelled out": strings.ReplaceAll(form, "\n", `\n`),
			"in quotes, one line":  `"` + strings.ReplaceAll(form, "\n", `\n`) + `"`,
			"blanks for newlines":  strings.ReplaceAll(form, "\n", " "),
			"text before it":       "Bag Attributes\n" + form,
			"Base64 of it":         base64.StdEncoding.EncodeToString([]byte(form)),
			"Base64 of it, twice":  base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(form)))),
			"PEM around it":        string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte(form)})),
			"a byte order mark":    "\xef\xbb\xbf" + form,
			"UTF-16 of Windows":    inUTF16(binary.LittleEndian, strings.ReplaceAll(form, "\n", "\r\n")),
			"UTF-16, big end":      inUTF16(binary.BigEndian, form),
			"another kind's name":  strings.NewReplacer("RSA PRIVATE", "PRIVATE", "RSA PUBLIC", "PUBLIC", " PRIVATE", " RSA PRIVATE", " PUBLIC", " RSA PUBLIC").Replace(form),
		}
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(form))
	var lines strings.Builder
	for i := 0; i < len(encoded); i += 64 {
		lines.WriteString(encoded[i:min(i+64, len(encoded))] + "\n")
	}
	return map[string]string{
		"DER":                              form,
		"Base64 on one line":               encoded,
		"Base64 without padding":           strings.TrimRight(encoded, "="),
		"Base64 in lines":                  lines.String(),
		"Base64 in lines, \\n spelled out": strings.ReplaceAll(lines.String(), "\n", `\n`),
		"Base64 of Base64":                 base64.StdEncoding.EncodeToString([]byte(encoded)),
		"Base64 behind a byte order mark":  "\xef\xbb\xbf" + encoded,
	}
}

// inUTF16 is ASCII text as Windows writes it, behind a byte order mark.
func inUTF16(order binary.AppendByteOrder, text string) string {
	encoded := order.AppendUint16(nil, 0xfeff)
	for i := range len(text) {
		encoded = order.AppendUint16(encoded, uint16(text[i]))
	}
	return string(encoded)
}

func TestParseRSAKeyRefusals(t *testing.T) {
	client := testPrivate(t, "client")
	pkcs8 := testFile(t, "client_private.pem")
	spki := testFile(t, "client_public.pem")
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, _ := x509.MarshalPKCS8PrivateKey(ecKey)
	ecPublicDER, _ := x509.MarshalPKIXPublicKey(&ecKey.PublicKey)
	edDER, _ := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(randomBytes(32)))
	smallDER := x509.MarshalPKCS1PublicKey(&rsa.PublicKey{
		N: new(big.Int).SetBit(big.NewInt(1), 1535, 1), E: 65537,
	})
	encrypted := strings.ReplaceAll(string(pkcs8), "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
	legacy := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIE\n-----END RSA PRIVATE KEY-----\n"
	tests := []struct {
		name, detail string
		data         []byte
		private      bool
	}{
		{"nothing", "empty", nil, true},
		{"blanks only", "empty", []byte(" \n"), true},
		{"a sentence", "neither PEM nor DER nor Base64", []byte("the key is under the mat."), true},
		{"Base64 of something else", "neither PKCS#8 nor PKCS#1", []byte("aGVsbG8gd29ybGQ="), true},
		{"a public key for a private one", "public key", spki, true},
		{"a private key for a public one", "private key stands", pkcs8, false},
		{"bare private DER for a public key", "private key stands", x509.MarshalPKCS1PrivateKey(client), false},
		{"an encrypted key", "encrypted", []byte(encrypted), true},
		{"a key encrypted in the old way", "encrypted", []byte(legacy), true},
		{"an EC private key", "not an RSA key", ecDER, true},
		{"an EC private key in its own PEM", "not an RSA key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: ecDER}), true},
		{"a key of OpenSSH", "ssh-keygen", pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte("openssh-key-v1")}), true},
		{"a certificate request", "another thing than a key", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: ecDER}), false},
		{"bare public DER for a private key", "public key or certificate stands", x509.MarshalPKCS1PublicKey(&client.PublicKey), true},
		{"a key wrapped too often", "cannot be read", []byte(wrappedTimes(5, pkcs8)), true},
		{"an Ed25519 private key", "not an RSA key", edDER, true},
		{"an EC public key", "not an RSA key", ecPublicDER, false},
		{"a public key of 1536 bits", "1536 bits", smallDER, false},
		{"a PEM cut off", "no matching END", pkcs8[:400], true},
		{"a PEM with a broken body", "neither PEM", bytes.Replace(pkcs8, []byte("MIIEvg"), []byte("M!!Evg"), 1), true},
		{"a key with its middle missing", "cannot be read", append(bytes.Clone(pkcs8[:200]), pkcs8[400:]...), true},
		{"a megabyte", "larger than", make([]byte, 1<<20+1), true},
		{"something behind the DER", "cannot be read", append(x509.MarshalPKCS1PublicKey(&client.PublicKey), 0), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "a megabyte" {
				tt.data[0] = 0x30
			}
			var err error
			if tt.private {
				_, err = ParseRSAPrivateKey(tt.data)
			} else {
				_, err = ParseRSAPublicKey(tt.data)
			}
			if !errors.Is(err, fault.Invalid) || !strings.Contains(fault.Of(err).Detail, tt.detail) {
				t.Fatalf("got %v, want Invalid whose detail contains %q", err, tt.detail)
			}
			assertNoPiece(t, err.Error(), tt.data)
		})
	}
}

func wrappedTimes(n int, key []byte) string {
	text := string(key)
	for range n {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return text
}

// assertNoPiece checks that no eight bytes of data appear in an error, sentences aside.
func assertNoPiece(t *testing.T, text string, data []byte) {
	t.Helper()
	for i := 0; i+8 <= len(data); i += 4 {
		piece := string(data[i : i+8])
		if !strings.ContainsAny(piece, " -") && strings.Contains(text, piece) {
			t.Fatalf("the error shows %q of the key: %s", piece, text)
		}
	}
}

func TestPublishedPlatformKeysParse(t *testing.T) {
	tests := map[string]string{
		"redotpay_sandbox_public.b64":    "83c04281d9f89d961c06636c3b47fa5b885ac95ccdc74c78527cec8257e4322c",
		"redotpay_production_public.b64": "e43dde0b9808243ac6eef0d0e84fba3a096a973aec3406ea168825ded9806997",
	}
	for file, want := range tests {
		t.Run(file, func(t *testing.T) {
			der, err := x509.MarshalPKIXPublicKey(testPublic(t, file))
			if err != nil {
				t.Fatal(err)
			}
			if digest := sha256.Sum256(der); hex.EncodeToString(digest[:]) != want {
				t.Errorf("got %x, want %s", digest, want)
			}
		})
	}
	t.Run("a copy with characters missing does not", func(t *testing.T) {
		text := strings.Replace(string(testFile(t, "redotpay_production_public.b64")), "MIIBCgKCAQEA", "MIIBCgEA", 1)
		if _, err := ParseRSAPublicKey([]byte(text)); !errors.Is(err, fault.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
	})
}

// FuzzParseRSAKey is best run with -fuzzminimizetime=10x: RSA takes random paths, so
// otherwise the fuzzing engine spends its time minimizing inputs that only seem new.
func FuzzParseRSAKey(f *testing.F) {
	for _, file := range []string{
		"client_private.pem", "client_public.pem", "wallet_private.pem", "redotpay_test_public.b64",
	} {
		content := testFile(f, file)
		f.Add(content)
		if blocks, err := keyBlocks(content); err == nil {
			f.Add(blocks[0].der)
		}
	}
	f.Add([]byte(`"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if key, err := ParseRSAPrivateKey(data); err == nil {
			if _, err := NewRSASigner("1", key); err != nil {
				t.Errorf("a key that was read cannot sign: %v", err)
			}
		} else if !errors.Is(err, fault.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
		if key, err := ParseRSAPublicKey(data); err == nil {
			if _, err := NewRSAVerifier(map[string]*rsa.PublicKey{"1": key}); err != nil {
				t.Errorf("a key that was read cannot verify: %v", err)
			}
		} else if !errors.Is(err, fault.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
	})
}
