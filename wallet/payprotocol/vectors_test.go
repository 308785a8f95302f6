package payprotocol_test

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"testing"
	"time"

	"golang.org/x/crypto/sha3"

	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
)

type vector struct {
	Name, Algorithm, Secret, Timestamp, Method, Path, Body, Message, Signature string
	Kind, Factory, InitCode, InitCodeHash, Salt, Address                       string
}

func vectors(t testing.TB) []vector {
	t.Helper()
	return testdata.Vectors[vector](t, "payprotocol")
}

// vectorBody is the body of one of the vectors.
func vectorBody(t testing.TB, name string) string {
	t.Helper()
	for _, v := range vectors(t) {
		if v.Name == name {
			return v.Body
		}
	}
	t.Fatalf("there is no vector %s", name)
	return ""
}

func TestTheSignedTextIsThatOfTheVectors(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Message == "" {
			continue
		}
		if got := string(payprotocol.Message(v.Timestamp, v.Method, v.Path, []byte(v.Body))); got != v.Message {
			t.Errorf("%s: got %q, want %q", v.Name, got, v.Message)
		}
	}
}

func TestTheSignatureIsThatOfTheVectors(t *testing.T) {
	w := open(t, wallet.Env{})
	for _, v := range vectors(t) {
		if v.Signature == "" {
			continue
		}
		h, err := w.Sign(t.Context(), at(t, v.Timestamp), v.Method, v.Path, []byte(v.Body))
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Get("X-PAY-SIGN"); got != v.Signature {
			t.Errorf("%s: got %s, want %s", v.Name, got, v.Signature)
		}
		if h.Get("X-PAY-TIMESTAMP") != v.Timestamp || h.Get("X-PAY-KEY") != testKey || h.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got the headers %v", v.Name, h)
		}
	}
}

func at(t testing.TB, seconds string) time.Time {
	t.Helper()
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(n, 0)
}

func TestTheBodyOfACreateIsThatOfTheVector(t *testing.T) {
	w := open(t, wallet.Env{})
	got := string(w.EncodeCreate(wallet.PaymentRequest{
		RequestID: "C3", Amount: usdt(10_000), Description: "A sample order", NotifyURL: testNotify, ReturnURL: "https://merchant.example/done",
	}, 136))
	if want := vectorBody(t, "V3"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheCallbacksOfTheVectorsAreProven(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Path != "/pay/notify" {
			continue
		}
		w := open(t, wallet.Env{})
		n, err := w.ParseNotification(t.Context(), wallet.Delivery{
			Method: v.Method, Path: v.Path, Body: []byte(v.Body), ReceivedAt: at(t, v.Timestamp),
			Header: http.Header{"X-Pay-Key": {testKey}, "X-Pay-Timestamp": {v.Timestamp}, "X-Pay-Sign": {v.Signature}},
		})
		if err != nil || len(n.Events) != 1 || !n.Confirm {
			t.Fatalf("%s: got %+v and %v, want one event, to be confirmed", v.Name, n, err)
		}
		p := n.Events[0].Payment
		if p.Ref != (wallet.Ref{RequestID: "C3", PaymentID: "202408180853200000001"}) || p.Status != wallet.Paid {
			t.Errorf("%s: got %+v, want C3 paid", v.Name, p)
		}
	}
}

func TestTheAddressOfASubContractIsThatOfTheVectors(t *testing.T) {
	checked := 0
	for _, v := range vectors(t) {
		if v.Kind == "" {
			continue
		}
		checked++
		code, err := hex.DecodeString(v.InitCode[2:])
		if err != nil {
			t.Fatal(err)
		}
		hash := sha3.NewLegacyKeccak256()
		_, _ = hash.Write(code)
		if got := "0x" + hex.EncodeToString(hash.Sum(nil)); got != v.InitCodeHash {
			t.Errorf("%s: the hash of the init code is %s, want %s", v.Name, got, v.InitCodeHash)
		}
		w := open(t, wallet.Env{}, contractOf(v))
		if got, err := w.Verified(136, v.Address, v.Salt); err != nil || got != v.Address {
			t.Errorf("%s: got %q and %v, want the address", v.Name, got, err)
		}
	}
	if checked != 2 {
		t.Errorf("got %d vectors of addresses, want 2", checked)
	}
}

func contractOf(v vector) func(*payprotocol.Config) {
	return func(c *payprotocol.Config) {
		c.Contracts = []payprotocol.Contract{{ChainID: 136, Kind: v.Kind, Factory: v.Factory, InitCodeHash: v.InitCodeHash}}
	}
}

func TestAnAddressThatIsNotTheContractsIsNotShown(t *testing.T) {
	var evm, tron vector
	for _, v := range vectors(t) {
		switch v.Kind {
		case "evm":
			evm = v
		case "tron":
			tron = v
		}
	}
	other := "0x" + evm.Salt[4:] + "00"
	for _, test := range []struct {
		name          string
		of            vector
		address, salt string
		shown         bool
	}{
		{"the contract's", evm, evm.Address, evm.Salt, true},
		{"the contract's in capitals", evm, "0x9C06C5F22B4260FAA0C67174662F4F0D8ECE71A3", evm.Salt, true},
		{"of another salt", evm, evm.Address, other, false},
		{"without a salt", evm, evm.Address, "", false},
		{"with a short salt", evm, evm.Address, evm.Salt[:64], false},
		{"another address", evm, "0x9c06c5f22b4260faa0c67174662f4f0d8ece71a4", evm.Salt, false},
		{"TRON's", tron, tron.Address, tron.Salt, true},
		{"TRON's in other letters", tron, "tNhutnynPyF3j54EBBXTUKB3emRfUpGs6F", tron.Salt, false},
		{"another one on TRON", tron, "TBqJ84AKTezZnzRN5nJs1k3yD2LUbQa23K", tron.Salt, false},
		{"EVM's on TRON", tron, evm.Address, tron.Salt, false},
		{"none", evm, "", evm.Salt, false},
	} {
		w := open(t, wallet.Env{}, contractOf(test.of))
		got, err := w.Verified(136, test.address, test.salt)
		if shown := err == nil && got == test.address; shown != test.shown {
			t.Errorf("%s: got %q and %v, want shown %v", test.name, got, err, test.shown)
		}
	}
	w := open(t, wallet.Env{}, contractOf(evm))
	if got, err := w.Verified(1, "TBqJ84AKTezZnzRN5nJs1k3yD2LUbQa23K", "0x00"); err != nil || got == "" {
		t.Errorf("on a chain that is not configured: got %q and %v, want it shown", got, err)
	}
	for _, bad := range []string{"", "two words", "line\nfeed"} {
		if _, err := w.Verified(1, bad, "0x00"); err == nil {
			t.Errorf("the address %q was shown", bad)
		}
	}
}
